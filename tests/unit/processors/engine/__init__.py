"""Unit tests of `processors/engine`."""
