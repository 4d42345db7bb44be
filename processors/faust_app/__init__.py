"""What Faust is taught: transport, tables, checkpoints, stalls; never market logic."""
