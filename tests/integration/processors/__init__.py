"""Tests with real servers of `processors`."""
