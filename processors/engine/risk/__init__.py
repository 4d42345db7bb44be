"""What a trade beside a standing wall may lose at most, and how much that buys. Never advice."""
