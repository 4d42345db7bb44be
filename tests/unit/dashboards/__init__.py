"""Unit tests of `dashboards`."""
