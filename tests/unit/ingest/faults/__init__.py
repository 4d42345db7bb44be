"""Unit tests of `ingest/faults`."""
