"""Market data for the tests: captures, random markets, hand-written scenes."""
