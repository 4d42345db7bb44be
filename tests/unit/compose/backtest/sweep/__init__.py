"""Tests of many runs with other settings."""
