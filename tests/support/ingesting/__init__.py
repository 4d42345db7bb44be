"""Ingest at work in a test's own process, with faults and a reader of what it publishes."""
