"""Statements, limits and formats of the SQL interface."""
