"""Grading of readings."""
