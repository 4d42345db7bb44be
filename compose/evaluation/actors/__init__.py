"""The actors: each looks for a place on the price path and tells what it does there."""
