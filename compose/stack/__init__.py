"""What `up` starts, watches and reports on; never what its services do."""
