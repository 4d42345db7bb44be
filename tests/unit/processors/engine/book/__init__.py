"""The order book by itself."""
