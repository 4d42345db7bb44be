"""Learning what becomes of standing orders, and judging what was learned."""
