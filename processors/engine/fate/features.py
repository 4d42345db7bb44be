"""The figures of a standing order, from what is known at that moment alone."""

from math import cos, log, log1p, pi, sin, sqrt
from typing import Final, NamedTuple

from processors.engine.book.book import OrderBook
from processors.engine.orders.order import TrackedOrder
from processors.engine.readings.recent_flow import RecentFlow
from schemas.fate.features import OrderFeatures
from schemas.signals import Side
from schemas.units import BPS, DAY_MS, SECOND_MS

NOISE_S: Final = 10
LEAST_NOISE_BPS: Final = 0.05
"""A market is not taken for calmer: the distances would grow without bound."""
MOST_SHARE: Final = 3.0


class MarketMoment(NamedTuple):
    """What the market is like at a moment, the same for all its orders."""

    now: int
    """Event time, ms."""
    mid: float
    spread_bps: float
    noise_bps: float
    """Standard deviation of mid in ten seconds."""
    buy_usd: float
    """Notional of taker buys in the last two seconds."""
    sell_usd: float

    @classmethod
    def of(
        cls, now: int, book: OrderBook, sigma_bps: float, flow: RecentFlow
    ) -> "MarketMoment | None":
        """Read the market; `sigma_bps` is the standard deviation of mid in a second. None where the
        book has one side only."""
        bid, ask = book.best_bid(), book.best_ask()
        if bid is None or ask is None:
            return None
        mid = (bid[0] + ask[0]) / 2
        spread_bps = (ask[0] - bid[0]) / mid * BPS
        noise_bps = max(sigma_bps * sqrt(NOISE_S), spread_bps / 2, LEAST_NOISE_BPS)
        return cls(now, mid, spread_bps, noise_bps, *flow.taken_usd(now))


def features_of(order: TrackedOrder, moment: MarketMoment) -> OrderFeatures:
    """Return the figures of an order that stands at `moment`."""
    value_usd, largest = order.value_usd, order.maximum
    distance_bps = abs(order.price - moment.mid) / moment.mid * BPS
    toward_usd, away_usd = moment.sell_usd, moment.buy_usd
    if order.side is Side.ASK:
        toward_usd, away_usd = away_usd, toward_usd
    own = order.impact / order.impact_side if order.impact_side > 0 else 0.5
    angle = 2 * pi * (moment.now % DAY_MS) / DAY_MS
    return OrderFeatures(
        distance=log1p(distance_bps / moment.noise_bps),
        age=log1p(max(moment.now - order.first_seen, 0) / SECOND_MS),
        size=log(value_usd / order.threshold_usd) if value_usd > 0 else 0.0,
        path=order.path_ratio,
        added=min(order.added / largest, MOST_SHARE),
        traded=min(order.traded / largest, MOST_SHARE),
        hidden=min(order.hidden / largest, MOST_SHARE),
        cancelled=min(order.cancelled / largest, MOST_SHARE),
        refills=log1p(order.refills),
        chain=log(order.link.length) if order.link is not None else 0.0,
        levels=log(len(order.pieces)) if order.pieces else 0.0,
        imbalance=2 * own - 1,
        flow_toward=log1p(toward_usd / value_usd) if value_usd > 0 else 0.0,
        flow_away=log1p(away_usd / value_usd) if value_usd > 0 else 0.0,
        spread=log1p(moment.spread_bps / moment.noise_bps),
        day_sine=sin(angle),
        day_cosine=cos(angle),
    )
