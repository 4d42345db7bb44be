"""One side of a local order book, in Python and compiled: the same figures, the same interface."""
