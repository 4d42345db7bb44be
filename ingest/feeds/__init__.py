"""A symbol's streams made sound: books in sequence, trades packed, watermarks;
never I/O but REST snapshots.
"""
