"""Random faults for minutes, against growth and wrong books."""
