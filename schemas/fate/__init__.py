"""What is said of the fate of a standing large order: filled or pulled, and from what."""
