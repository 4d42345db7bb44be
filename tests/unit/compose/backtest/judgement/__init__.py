"""Tests of what the best of many settings is worth."""
