"""How Faust is used: what it hands over, and when it waits."""
