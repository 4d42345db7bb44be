"""The numbered SQL files that make the tables; never changed once released, only added to."""
