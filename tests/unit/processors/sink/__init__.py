"""Unit tests of `processors/sink`."""
