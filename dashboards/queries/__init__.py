"""Questions that only the API asks; what is drawn is asked by the panels."""
