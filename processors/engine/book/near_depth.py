"""Notional near mid and in front of a price; sums that no order of summing changes."""

from math import fsum

import numpy as np

from processors.engine.book.book_side import BookSide
from schemas.signals import Side


def usd_within(levels: BookSide, mid: float, bps: float) -> float:
    """Return the notional of a side within `bps` of mid, quote currency."""
    prices, notionals = levels.arrays()
    return fsum(notionals[np.abs(prices - mid) <= mid * bps / 10_000].tolist())


def usd_before(levels: BookSide, side: Side, price: float) -> float:
    """Return the notional of a side that is nearer to mid than `price`, quote currency."""
    prices, notionals = levels.arrays()
    nearer = prices > price if side is Side.BID else prices < price
    return fsum(notionals[nearer].tolist())
