"""What tests of the processors share; no test, and nothing of ingest."""
