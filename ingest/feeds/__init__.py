"""Validates a symbol's streams: book sequence, packs, watermarks; no I/O but REST snapshots."""
