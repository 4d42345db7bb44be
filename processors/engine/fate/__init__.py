"""What becomes of standing large orders: the figures known of one, and when it counts as filled or
pulled."""
