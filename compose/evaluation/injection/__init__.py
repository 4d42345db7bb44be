"""How labelled episodes are written into a market stream; never how they are judged."""
