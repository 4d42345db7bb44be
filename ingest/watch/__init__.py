"""Which symbols to follow, and which of them have large orders; never how they are followed."""
