"""Unit tests of `dashboards/web`."""
