"""The hard evaluation's own logic."""
