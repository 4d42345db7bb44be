"""The trades of one symbol as packs, and the watermarks that they state."""
