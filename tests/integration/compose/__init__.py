"""Tests with real servers of `compose`."""
