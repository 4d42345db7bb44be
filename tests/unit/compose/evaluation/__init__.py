"""Unit tests of `compose/evaluation`."""
