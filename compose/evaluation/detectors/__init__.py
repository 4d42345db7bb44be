"""What is judged: each detector reads a market stream and tells the large orders it saw."""
