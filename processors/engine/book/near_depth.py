"""Notional near mid and in front of a price.

What is summed is put in order first, so that the sums do not depend on the order in which levels
came to stand in memory.
"""

import numpy as np

from processors.engine.book.book_side import BookSide
from schemas.signals import Side


def usd_within(levels: BookSide, mid: float, bps: float) -> float:
    """Return the notional of a side within `bps` of mid, quote currency."""
    prices, notionals = levels.arrays()
    reach = mid * bps / 10_000
    near = (prices >= mid - reach) & (prices <= mid + reach) & (notionals > 0)
    return float(np.sort(notionals[near]).sum())


def usd_before(levels: BookSide, side: Side, price: float) -> float:
    """Return the notional of a side that is nearer to mid than `price`, quote currency."""
    prices, notionals = levels.arrays()
    nearer = prices > price if side is Side.BID else prices < price
    return float(np.sort(notionals[nearer & (notionals > 0)]).sum())
