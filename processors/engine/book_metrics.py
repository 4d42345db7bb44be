"""The state of the book once a second: touch, imbalance, depth within distances, heat buckets."""

from math import floor, log10
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from processors.engine.book import OrderBook
from processors.engine.book_side import BookSide
from schemas.settings import BookSettings

FloatArray = npt.NDArray[np.float64]


class SideArrays(NamedTuple):
    """All levels of a side as arrays, in no order."""

    prices: FloatArray
    usd: FloatArray

    @classmethod
    def of(cls, side: BookSide) -> "SideArrays":
        """Read the levels of a side: prices and notionals."""
        count = len(side.levels)
        prices = np.fromiter(side.levels.keys(), dtype=np.float64, count=count)
        return cls(prices, prices * np.fromiter(side.levels.values(), np.float64, count))

    def within(self, mid: float, band_pct: float) -> FloatArray:
        """Return the notionals of the levels within `band_pct` % of mid."""
        return self.usd[np.abs(self.prices - mid) <= mid * band_pct / 100]


class Heat(NamedTuple):
    """Notional by price bucket; all lists have the same length, prices ascend."""

    prices: list[float]
    bid_usd: list[float]
    ask_usd: list[float]


def microprice(book: OrderBook) -> float | None:
    """Return the mid weighted by the opposite sizes at the touch."""
    bid, ask = book.best_bid(), book.best_ask()
    if bid is None or ask is None:
        return None
    return (bid[0] * ask[1] + ask[0] * bid[1]) / (bid[1] + ask[1])


def imbalance(book: OrderBook, levels: int) -> float | None:
    """Return (bid - ask) / (bid + ask) of the quantities of the top levels, in [-1, 1]."""
    bid = sum(qty for _, qty in book.bids.top(levels))
    ask = sum(qty for _, qty in book.asks.top(levels))
    return (bid - ask) / (bid + ask) if bid + ask > 0 else None


def depth_within(side: SideArrays, mid: float, distances_bps: tuple[float, ...]) -> list[float]:
    """Return the notional within each distance of mid, USD."""
    distance = np.abs(side.prices - mid)
    return [float(side.usd[distance <= mid * bps / 10_000].sum()) for bps in distances_bps]


def heat_step(mid: float, settings: BookSettings) -> float:
    """Return the bucket height: `heat_bucket_bps` of mid, rounded to 1, 2 or 5 times a power of
    ten, so that buckets keep their place while mid wanders."""
    wanted = mid * settings.heat_bucket_bps / 10_000
    power = 10.0 ** floor(log10(wanted))
    return float(min((1, 2, 5, 10), key=lambda digit: abs(digit * power - wanted)) * power)


def heat(bids: SideArrays, asks: SideArrays, mid: float, settings: BookSettings) -> Heat:
    """Return the notional of both sides by price bucket within `heat_range_bps` of mid."""
    step = heat_step(mid, settings)
    reach = mid * settings.heat_range_bps / 10_000
    low, high = floor((mid - reach) / step), floor((mid + reach) / step)
    size = high - low + 1

    def by_bucket(side: SideArrays) -> FloatArray:
        index = np.floor(side.prices / step).astype(np.int64) - low
        inside = (index >= 0) & (index < size)
        counts = np.bincount(index[inside], weights=side.usd[inside], minlength=size)
        return counts.astype(np.float64)

    bid_usd, ask_usd = by_bucket(bids), by_bucket(asks)
    used = np.nonzero(bid_usd + ask_usd)[0]
    digits = max(0, -floor(log10(step)))
    prices = [round(float((low + index) * step), digits) for index in used]
    return Heat(
        prices,
        [round(float(value), 2) for value in bid_usd[used]],
        [round(float(value), 2) for value in ask_usd[used]],
    )
