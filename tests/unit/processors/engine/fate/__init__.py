"""The figures of a standing order, and what counts as its end."""
