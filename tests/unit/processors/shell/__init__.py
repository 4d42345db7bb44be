"""Unit tests of `processors/shell`."""
