"""How probable a large move of the whole market is, and whether saying so has any skill."""
