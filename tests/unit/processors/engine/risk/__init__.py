"""What is suggested beside a wall."""
