"""The `wallwatch` command and how its processes are put together; never market logic."""
