"""Real servers and helpers for the tests."""
