"""The state of the book once a second: touch, imbalance, depth within distances, heat buckets.

Notionals are summed in whole cents: integers below 2**53 add up exactly in doubles, so the sums do
not depend on the order in which levels came to stand in memory.
"""

from math import floor, log10
from typing import Final, NamedTuple

import numpy as np

from processors.engine.book.book import OrderBook
from processors.engine.book.book_side import BookSide
from processors.engine.book.level_arrays import FloatArray
from schemas.settings import BookSettings

CENTS_PER_USD: Final = 100.0


class SideArrays(NamedTuple):
    """All levels of a side as arrays from the best one outwards: price, distance from mid, and
    notional in USD."""

    prices: FloatArray
    distance: FloatArray
    usd: FloatArray

    @classmethod
    def of(cls, side: BookSide, mid: float) -> "SideArrays":
        """Read the levels of a side."""
        standing = side.standing()
        return cls(standing.prices, np.abs(standing.prices - mid), standing.usd)

    def within(self, reach: float) -> "SideArrays":
        """Return the levels within a distance from mid."""
        end = int(np.searchsorted(self.distance, reach, "right"))
        return SideArrays(self.prices[:end], self.distance[:end], self.usd[:end])

    def cents(self) -> FloatArray:
        """Return the notionals in whole cents."""
        return np.rint(self.usd * CENTS_PER_USD)

    def depth_usd(self, reaches: list[float]) -> list[float]:
        """Return the notional within each of the ascending `reaches` of mid, USD."""
        ends = np.searchsorted(self.distance, reaches, "right").tolist()
        cents = np.cumsum(self.within(reaches[-1]).cents() if reaches else self.usd[:0])
        return [float(cents[end - 1]) / CENTS_PER_USD if end else 0.0 for end in ends]


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
        near = side.within(reach + step)
        index = np.floor(near.prices / step).astype(np.int64) - low
        inside = (index >= 0) & (index < size)
        counts = np.bincount(index[inside], weights=near.cents()[inside], minlength=size)
        return counts.astype(np.float64) / CENTS_PER_USD

    bid_usd, ask_usd = by_bucket(bids), by_bucket(asks)
    used = np.nonzero(bid_usd + ask_usd)[0]
    digits = max(0, -floor(log10(step)))
    prices = np.round((used + low) * step, digits)
    return Heat(prices.tolist(), bid_usd[used].tolist(), ask_usd[used].tolist())
