"""Unit tests of `dashboards/rules`."""
