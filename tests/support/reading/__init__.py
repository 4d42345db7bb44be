"""Reads what a test compares: panels' SQL and the documents."""
