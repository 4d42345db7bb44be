"""Tests with real servers of `dashboards`."""
