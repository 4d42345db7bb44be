"""Taker flow: self-exciting arrivals with autocorrelated side."""

import math
import random
from dataclasses import dataclass

from ingest.exchange.market.book import Side
from ingest.exchange.market.spec import SymbolSpec

_SIZE_SIGMA = 1.5
_MAX_ORDER_USD = 400_000.0
_EXCITE = 0.45
"""Orders triggered by one order on average (a Hawkes process is stable below 1)."""
_DECAY_PER_S = 2.5
_SAME_SIDE = 0.72
"""Probability that an order has the side of the previous one."""
_MAX_PER_STEP = 40

_AGGREGATED_MS = 90
"""A trade is published at most about 100 ms after it happened, as with the venue's aggTrade,
however long the step of the market is."""


@dataclass(frozen=True, slots=True)
class Order:
    """A taker order: takes from `side` of the book."""

    after_ms: int
    """Time since the start of the step, ms."""
    side: Side
    usd: float
    limit_tick: int | None = None
    """Trades only at this tick; None: walks the book."""


class Takers:
    """Ordinary taker flow of one symbol."""

    def __init__(self, spec: SymbolSpec, rng: random.Random) -> None:
        self._spec = spec
        self._rng = rng
        self._excited_per_s = 0.0
        self._last = Side.ASK

    def orders(
        self, step_ms: int, latest_ms: int, lean: float, activity: float = 1.0
    ) -> list[Order]:
        """Return the orders of a step by time, none later than `latest_ms` after its start.

        `lean` in [-1, 1]: bias towards buying; `activity` multiplies the number of orders.
        """
        rng = self._rng
        step_s = step_ms / 1000
        count = min(
            poisson(rng, (self._spec.orders_per_s * activity + self._excited_per_s) * step_s),
            int(_MAX_PER_STEP * activity),
        )
        self._excited_per_s *= math.exp(-_DECAY_PER_S * step_s)
        self._excited_per_s += count * _EXCITE * _DECAY_PER_S
        orders = [self._order(latest_ms, lean) for _ in range(count)]
        orders.sort(key=lambda order: order.after_ms)
        return orders

    def _order(self, latest_ms: int, lean: float) -> Order:
        rng = self._rng
        if rng.random() >= _SAME_SIDE:
            self._last = Side.ASK if rng.random() < 0.5 + 0.5 * lean else Side.BID
        elif rng.random() < abs(lean):
            self._last = Side.ASK if lean > 0 else Side.BID
        usd = min(_MAX_ORDER_USD, self._spec.order_usd * rng.lognormvariate(0.0, _SIZE_SIGMA))
        earliest_ms = max(1, latest_ms - _AGGREGATED_MS)
        return Order(rng.randint(earliest_ms, latest_ms), self._last, usd)


def poisson(rng: random.Random, mean: float) -> int:
    """Return a Poisson number (Knuth's method; means here are small)."""
    limit, product, count = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count
