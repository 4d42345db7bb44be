"""Requests to a venue: what they may weigh, and who counts it."""
