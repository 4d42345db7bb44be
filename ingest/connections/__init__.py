"""Connection lifecycle: open, subscribe, hand over, back off; never the content of a frame."""
