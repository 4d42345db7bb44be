"""OKX v5: its frames, what they mean, and the markets of it that are followed."""
