"""The venue's REST API within its weight budget, bans included; never a book or a trade."""
