"""Unit tests of `dashboards/notify`."""
