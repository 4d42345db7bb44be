"""Tests by kind, each mirroring the rooms of the code; never shipped."""
