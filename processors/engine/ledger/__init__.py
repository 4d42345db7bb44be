"""What became of readings: grading them by the mid that came later. Never a reading itself."""
