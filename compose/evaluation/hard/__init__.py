"""The evaluation that can fail: actors whose ranges cross every limit, mixed in one run."""
