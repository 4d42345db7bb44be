"""A venue's frames to typed records on the raw topics; never an interpretation of the market."""
