"""History as tapes of market records, whatever it came from."""
