"""Alerts to a webhook: which ones, when, in which form, and what to do when it fails."""
