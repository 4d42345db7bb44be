"""The risk of a large move of the market."""
