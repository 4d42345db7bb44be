"""Quantities that are added up over time are integers, so that their sums are exact.

One unit is 1e-8 of the base currency, the finest step any supported venue trades in. A signed
64-bit field of the saved state holds up to 9.2e10 base units of one level or one minute's flow.
"""

from typing import Final

UNITS_PER_BASE: Final = 100_000_000


def to_units(qty: float) -> int:
    """Return a venue quantity (base) as an integer number of units."""
    return round(qty * UNITS_PER_BASE)


def from_units(units: int) -> float:
    """Return units as a quantity in base currency."""
    return units / UNITS_PER_BASE
