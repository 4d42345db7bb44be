"""The smallest step of price that a book shows."""

from collections.abc import Iterable
from decimal import Decimal
from itertools import pairwise
from math import gcd

LADDER_LEVELS = 20
"""So many levels of each side show it."""


def tick_of(prices: Iterable[float]) -> Decimal | None:
    """Return the largest step of which every difference of `prices` is a whole multiple, quote
    currency; None where there are fewer than two prices."""
    exact = sorted({Decimal(repr(price)) for price in prices})
    if len(exact) < 2:
        return None
    digits = max(0, *(-int(price.as_tuple().exponent) for price in exact))
    steps = (int((above - below).scaleb(digits)) for below, above in pairwise(exact))
    return Decimal(gcd(*steps)).scaleb(-digits)
