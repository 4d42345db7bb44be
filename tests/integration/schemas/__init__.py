"""Tests with real servers of `schemas`."""
