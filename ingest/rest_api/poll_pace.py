"""How often open interest may be polled without getting near the REST budget. Pure."""

from typing import Final

POLL_SHARE: Final = 0.25
"""Share of the budget for polls; the rest is kept for snapshots."""
PRESSURE_FROM: Final = 0.5
"""Share of the budget in use from which polls slow down."""
MAX_STRETCH: Final = 10.0


def stretch(weight_per_minute: float, limit: int, used: int) -> float:
    """Return the factor (at least 1) by which all polling intervals are stretched.

    `weight_per_minute`: what all polls need at their own intervals; `limit`: the budget of a
    minute; `used`: its weight in the last minute, polls included.
    """
    crowd = max(1.0, weight_per_minute / (POLL_SHARE * limit))
    free = (1.0 - min(1.0, used / limit)) / (1.0 - PRESSURE_FROM)
    pressure = 1.0 if free >= 1.0 else min(MAX_STRETCH, 1.0 / max(free, 1.0 / MAX_STRETCH))
    return crowd * pressure
