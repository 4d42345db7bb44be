"""Properties of what is told beside orders, and of how it is graded: forecasts and suggestions."""
