"""The local order book and what is measured on it; never an order's history or a verdict."""
