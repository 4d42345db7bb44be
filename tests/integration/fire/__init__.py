"""Exactness under fire: whatever happens to workers, broker and store, every symbol's signals and
rows are those of an undisturbed run, or what was lost is told.

`make fire` runs it for more rounds, each with other markets and other moments.
"""
