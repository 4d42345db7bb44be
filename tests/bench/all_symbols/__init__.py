"""A whole market through the whole pipeline on this machine: what it costs and where it ends."""
