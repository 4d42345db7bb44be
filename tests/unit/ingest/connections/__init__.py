"""Unit tests of `ingest.connections`."""
