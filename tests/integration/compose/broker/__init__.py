"""Tests with real servers of `compose/broker`."""
