"""Notional near mid and in front of a price.

What is summed is put in order of size first: so the sums do not depend on where levels stand.
"""

import numpy as np

from processors.engine.book.book_side import BookSide
from schemas.signals import Side


def usd_within(levels: BookSide, mid: float, bps: float) -> float:
    """Return the notional of a side within `bps` of mid, quote currency."""
    standing, reach = levels.standing(), mid * bps / 10_000
    distance = np.abs(standing.prices - mid)
    count = int(np.searchsorted(distance, reach, "right"))
    return float(np.sort(standing.usd[:count]).sum())


def usd_before(levels: BookSide, side: Side, price: float) -> float:
    """Return the notional of a side that is nearer to mid than `price`, quote currency."""
    standing = levels.standing()
    sign = -1.0 if side is Side.BID else 1.0
    count = int(np.searchsorted(standing.prices * sign, price * sign))
    return float(np.sort(standing.usd[:count]).sum())
