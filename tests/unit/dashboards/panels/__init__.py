"""Unit tests of `dashboards/panels`."""
