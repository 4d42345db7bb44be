"""The panels of each board and the alert rules; never how they are drawn."""
