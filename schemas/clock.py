"""The wall clock in the units of the records."""

import time


def wall_us() -> int:
    """Return the time since the epoch, us: the unit of receive times."""
    return time.time_ns() // 1_000


def wall_ms() -> int:
    """Return the time since the epoch, ms: the unit of event times."""
    return time.time_ns() // 1_000_000
