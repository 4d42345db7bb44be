"""The venues held to real frames of theirs."""
