"""What one change of a price level does to the orders that stand there."""
