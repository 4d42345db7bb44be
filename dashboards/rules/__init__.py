"""Alert rules of people: when they fire, what came of it, and how they would have done before."""
