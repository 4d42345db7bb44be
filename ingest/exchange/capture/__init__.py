"""A capture file served as a market."""
