"""The scorecard on the command line: where outcomes come from, tables and plots. No statistics."""
