"""Unit tests of `compose/cli`."""
