"""Whole stacks as a user starts them: `up`, `replay`, the pages."""
