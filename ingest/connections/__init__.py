"""Sockets and their care: open, subscribe, hand over, back off; never what a frame says."""
