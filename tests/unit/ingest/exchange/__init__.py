"""Unit tests of `ingest/exchange`."""
