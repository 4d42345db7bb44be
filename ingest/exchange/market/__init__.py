"""A simulated market: pure, seeded, stepped in its own time; serving it is another matter."""
