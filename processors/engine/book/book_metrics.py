"""The state of the book once a second: touch, imbalance, depth within distances, heat buckets.

Notionals are summed in whole cents (`Money.grain`): integers below 2**53 add up exactly in doubles,
so the sums do not depend on the order in which levels came to stand in memory.
"""

from math import floor, log10
from typing import NamedTuple

import numpy as np

from processors.engine.book.book import OrderBook
from processors.engine.book.book_side import BookSide
from processors.engine.book.sides.standing import FloatArray
from processors.engine.plain_sum import plain_sum
from processors.engine.quote import Money
from schemas.settings import BookSettings


class SideArrays(NamedTuple):
    """All levels of a side as arrays from the best one outwards: price, distance from mid, notional
    in quote currency, and that of the best n levels in whole parts of a `Money`: one figure more,
    as n begins with 0."""

    prices: FloatArray
    distance: FloatArray
    usd: FloatArray
    cents_of_best: FloatArray

    @classmethod
    def of(cls, side: BookSide, mid: float, money: Money) -> "SideArrays":
        """Read the levels of a side."""
        standing = side.standing()
        distance, cents = standing.prices - mid, standing.usd * (money.usd * money.grain)
        np.abs(distance, out=distance)
        np.rint(cents, out=cents)
        cents_of_best = np.zeros(len(cents) + 1)
        cents.cumsum(out=cents_of_best[1:])
        return cls(standing.prices, distance, standing.usd, cents_of_best)

    def count_within(self, reach: float) -> int:
        """Return how many levels stand within a distance from mid."""
        return int(self.distance.searchsorted(reach, "right"))

    def depth_usd(self, reaches: list[float], money: Money) -> list[float]:
        """Return the notional within each of the ascending `reaches` of mid, USD."""
        within = self.cents_of_best[self.distance.searchsorted(reaches, "right")]
        depths: list[float] = (within / money.grain).tolist()
        return depths


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
    bid = plain_sum(qty for _, qty in book.bids.top(levels))
    ask = plain_sum(qty for _, qty in book.asks.top(levels))
    return (bid - ask) / (bid + ask) if bid + ask > 0 else None


def heat_step(mid: float, settings: BookSettings) -> float:
    """Return the bucket height: `heat_bucket_bps` of mid, rounded to 1, 2 or 5 times a power of
    ten, so that buckets keep their place while mid wanders."""
    wanted = mid * settings.heat_bucket_bps / 10_000
    power = 10.0 ** floor(log10(wanted))
    return float(min((1, 2, 5, 10), key=lambda digit: abs(digit * power - wanted)) * power)


def heat(
    bids: SideArrays, asks: SideArrays, mid: float, settings: BookSettings, money: Money
) -> Heat:
    """Return the notional of both sides by price bucket within `heat_range_bps` of mid."""
    step = heat_step(mid, settings)
    reach = mid * settings.heat_range_bps / 10_000
    low, high = floor((mid - reach) / step), floor((mid + reach) / step)
    edges = np.arange(low, high + 2.0)

    def by_bucket(side: SideArrays, outwards: int) -> FloatArray:
        near = side.prices[: side.count_within(reach + step)]
        # Buckets follow each other outwards as levels do, so each is a difference of two sums.
        buckets = np.floor(near / step)
        if outwards > 0:
            reached = side.cents_of_best[buckets.searchsorted(edges, "left")]
            return (reached[1:] - reached[:-1]) / money.grain
        reached = side.cents_of_best[(-buckets).searchsorted(-edges, "right")]
        return (reached[:-1] - reached[1:]) / money.grain

    bid_usd, ask_usd = by_bucket(bids, -1), by_bucket(asks, 1)
    used = (bid_usd + ask_usd).nonzero()[0]
    digits = max(0, -floor(log10(step)))
    prices = ((used + low) * step).round(digits)
    return Heat(prices.tolist(), bid_usd[used].tolist(), ask_usd[used].tolist())
