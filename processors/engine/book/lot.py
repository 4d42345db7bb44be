"""Quantities that are added up over time are integers in units of the symbol's lot.

Integers add up exactly, whatever their size. The lot is a power of ten of the base currency and is
taken from the data: it is refined when a quantity with more decimals is seen.
"""

from decimal import Decimal
from typing import Final

MAX_DIGITS: Final = 30
"""Quantities are rounded to 1e-30: far below any lot, above the noise of computed doubles."""
EXACT_BELOW: Final = 2.0**51
"""A product of doubles below this rounds to the right integer."""


class Lot:
    """The unit of quantity of one symbol: 10 ** -digits of the base currency."""

    __slots__ = ("digits", "scale")

    def __init__(self, digits: int = 0) -> None:
        self.digits = digits
        self.scale: int = 10**digits
        """Units of one base unit."""

    def units(self, qty: float) -> int:
        """Return a quantity (base) in units, rounded to the lot."""
        scaled = qty * self.scale
        if scaled < EXACT_BELOW:
            return round(scaled)
        return int(Decimal(repr(qty)).scaleb(self.digits).to_integral_value())

    def qty(self, units: int) -> float:
        """Return units as the nearest quantity in base currency."""
        return units / self.scale

    def fits(self, qty: float) -> bool:
        """Tell, cheaply, that a quantity (base) is a whole number of units; False where that takes
        a closer look."""
        scaled = qty * self.scale
        return scaled < EXACT_BELOW and scaled.is_integer() and scaled / self.scale == qty

    def whole(self, qty: float) -> int | None:
        """Return a quantity (base) in units; None where the lot is too coarse for it."""
        scaled = qty * self.scale
        units = round(scaled) if scaled < EXACT_BELOW else self.units(qty)
        return units if units / self.scale == qty or self.digits >= MAX_DIGITS else None

    def refine(self, qty: float) -> int:
        """Make the lot fine enough for a quantity (base), and return the factor by which every
        number of units has to be multiplied."""
        if self.whole(qty) is not None:
            return 1
        exponent = Decimal(repr(qty)).normalize().as_tuple().exponent
        digits = min(MAX_DIGITS, max(self.digits, -int(exponent)))
        factor: int = 10 ** (digits - self.digits)
        self.digits, self.scale = digits, 10**digits
        return factor
