"""The typed client against a real page and a real broker."""
