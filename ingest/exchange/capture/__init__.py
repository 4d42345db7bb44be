"""Replays a capture file as a market."""
