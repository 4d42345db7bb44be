"""What a log has lost: its end, or what nobody had read yet."""
