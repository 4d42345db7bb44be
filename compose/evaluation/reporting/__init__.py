"""The quality report as text, tables and pictures; never a figure of its own."""
