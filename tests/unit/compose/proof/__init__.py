"""Unit tests of `compose`."""
