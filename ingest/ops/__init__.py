"""Observability of ingest: health, metrics, status pages, final report; never the data itself."""
