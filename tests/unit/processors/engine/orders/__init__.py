"""Orders on top of each other, on several levels and one after another."""
