"""Learns what becomes of standing large orders, and judges what was learned on other tapes."""
