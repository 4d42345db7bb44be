"""What the best of many settings is worth. Pure: no run, no file."""
