"""What ingest makes of whatever a venue sends."""
