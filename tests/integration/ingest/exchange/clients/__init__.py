"""Clients that were made for the venue, at the built-in exchange."""
