"""What the engine says of a market as a whole, second by second."""
