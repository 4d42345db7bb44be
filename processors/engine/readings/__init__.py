"""What flow, book and orders add up to: bars, actions, alerts; never the class of an order."""
