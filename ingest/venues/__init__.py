"""Venue descriptions: URLs, streams, frames and sequence rules; never a socket or a clock."""
