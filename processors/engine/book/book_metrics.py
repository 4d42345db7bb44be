"""The state of the book once a second: touch, imbalance, depth within distances, heat buckets.

Notionals are summed in whole cents (`Money.grain`): integers below 2**53 add up exactly in doubles,
so the sums do not depend on the order in which levels came to stand in memory.
"""

from functools import lru_cache
from math import floor, log10
from typing import Final, NamedTuple

import numpy as np

from processors.engine.book.book import OrderBook
from processors.engine.book.sides.profile import Bands
from processors.engine.plain_sum import plain_sum
from processors.engine.quote import Money
from schemas.settings import BookSettings

MOST_PRICE_LISTS: Final = 1_000
"""Lists of prices that are kept: one for each symbol that a worker can follow at a time."""


class Heat(NamedTuple):
    """Notional by price bucket; all lists have the same length, prices ascend."""

    prices: list[float]
    bid_usd: list[float]
    ask_usd: list[float]


class Depth(NamedTuple):
    """Notional around mid, USD: within each distance of the settings, and by price bucket."""

    bid_usd: list[float]
    ask_usd: list[float]
    heat: Heat


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


def depth(book: OrderBook, mid: float, settings: BookSettings, money: Money) -> Depth:
    """Return the notional within `depth_bps` of mid, the nearest first, and by price bucket within
    `heat_range_bps` of it."""
    step, reach = heat_step(mid, settings), mid * settings.heat_range_bps / 10_000
    low, high = floor((mid - reach) / step), floor((mid + reach) / step)
    reaches = [mid * bps / 10_000 for bps in sorted(settings.depth_bps)]
    bands = Bands(mid, money.usd * money.grain, reaches, step, low, high - low + 1)
    (bids, bid_heat), (asks, ask_heat) = book.bids.profile(bands), book.asks.profile(bands)
    grain, prices = money.grain, bucket_prices(low, high, step)
    shown = [at for at in range(len(prices)) if bid_heat[at] or ask_heat[at]]
    return Depth(
        [parts / grain for parts in bids],
        [parts / grain for parts in asks],
        Heat(
            [prices[at] for at in shown],
            [bid_heat[at] / grain for at in shown],
            [ask_heat[at] / grain for at in shown],
        ),
    )


@lru_cache(maxsize=MOST_PRICE_LISTS)
def bucket_prices(low: int, high: int, step: float) -> tuple[float, ...]:
    """Return where the buckets `low` to `high` begin. They are the same from second to second as
    long as mid stays in its bucket."""
    digits = max(0, -floor(log10(step)))
    return tuple((np.arange(low, high + 1) * step).round(digits).tolist())
