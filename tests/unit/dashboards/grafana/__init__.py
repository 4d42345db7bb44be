"""Unit tests of `dashboards/grafana`."""
