"""Tests of runs over history."""
