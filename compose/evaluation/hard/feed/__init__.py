"""What a feed does to a run on its way to the engine: trades and depth that get lost, scales."""
