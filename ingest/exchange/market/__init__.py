"""A simulated market: pure, seeded, stepped in market time. Only `simulation` touches the clock."""
