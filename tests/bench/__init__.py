"""Costs as ratios to a yardstick of the same run; never a test of behaviour."""
