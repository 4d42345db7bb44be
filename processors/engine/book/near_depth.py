"""Notional near mid and in front of a price.

What is summed is put in order of size first: so the sums do not depend on where levels stand.
"""

from typing import Final

import numpy as np

from processors.engine.book.book_side import BookSide

ROUNDING: Final = 1.000001
"""Far more than the distance of a level is rounded by."""


def usd_within(levels: BookSide, mid: float, bps: float) -> float:
    """Return the notional of a side within `bps` of mid, quote currency."""
    standing, reach = levels.standing(), mid * bps / 10_000
    sign = -1.0 if standing.best_last else 1.0
    # Who is so near is found without the distances of all; a little farther, for they are rounded.
    near = standing.prices[: standing.count_before(mid + sign * ROUNDING * reach, included=True)]
    count = int(np.abs(near - mid).searchsorted(reach, "right"))
    return float(np.sort(standing.usd[:count]).sum())


def usd_before(levels: BookSide, price: float) -> float:
    """Return the notional of a side that is nearer to mid than `price`, quote currency."""
    standing = levels.standing()
    return float(np.sort(standing.usd[: standing.count_before(price)]).sum())
