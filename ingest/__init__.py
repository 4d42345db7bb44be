"""Turns a venue's frames into typed records on the raw topics; never interprets the market."""
