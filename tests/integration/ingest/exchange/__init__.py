"""Tests with real servers of `ingest/exchange`."""
