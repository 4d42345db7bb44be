"""The same records and the same books through what others use; `make bench-peers`."""
