"""Tests with real servers of `ingest/fault_matrix`."""
