"""Quantities are whole numbers of lots or contracts, and add up as integers do."""
