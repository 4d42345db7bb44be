"""Tests of history as tapes."""
