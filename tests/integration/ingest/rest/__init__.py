"""What ingest asks the venue over REST."""
