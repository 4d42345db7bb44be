"""Taker volume around now: by price since the last depth update, by side over the last seconds."""

from typing import Final

import msgspec

from schemas.market import TakerSide, Trade
from schemas.signals import Side

OPPOSITE_FLOW_MS: Final = 2_000
"""The time before a pull in which taker volume is evidence."""
SLICE_MS: Final = 100


class Slice(msgspec.Struct):
    """Taker volume of one short slice of time, USD."""

    start: int
    buy_usd: float = 0.0
    sell_usd: float = 0.0


class RecentFlow(msgspec.Struct):
    """What takers did since the last depth update (lots by price) and in the last two seconds."""

    bought: dict[float, int] = {}
    """Taken from the asks, by price."""
    sold: dict[float, int] = {}
    """Taken from the bids, by price."""
    slices: list[Slice] = []

    def add(self, time: int, trade: Trade, units: int) -> None:
        """Note a trade of `units` lots that is not late.

        A taker buy consumes asks, a taker sell bids.
        """
        is_buy = trade.taker is TakerSide.BUY
        taken = self.bought if is_buy else self.sold
        taken[trade.price] = taken.get(trade.price, 0) + units
        start = time - time % SLICE_MS
        if not self.slices or self.slices[-1].start != start:
            self.slices.append(Slice(start))
            while self.slices[0].start < time - OPPOSITE_FLOW_MS:
                del self.slices[0]
        if is_buy:
            self.slices[-1].buy_usd += trade.price * trade.qty
        else:
            self.slices[-1].sell_usd += trade.price * trade.qty

    def next_update(self) -> None:
        """The window of trades between two depth updates is over."""
        self.bought.clear()
        self.sold.clear()

    def rescale(self, factor: int) -> None:
        """Go over to a lot that is finer by `factor`."""
        for taken in (self.bought, self.sold):
            for price in taken:
                taken[price] *= factor

    def bought_share(self, now: int) -> float | None:
        """Return the share of recent taker volume that were buys; None without trades."""
        since = now - OPPOSITE_FLOW_MS
        buy = sum(part.buy_usd for part in self.slices if part.start >= since)
        sell = sum(part.sell_usd for part in self.slices if part.start >= since)
        return buy / (buy + sell) if buy + sell > 0 else None

    def share_away_from(self, side: Side, now: int) -> float:
        """Return the share of recent taker volume that ran in the direction an order of `side`
        pushes the price: buys for a bid, sells for an ask. 0 without trades."""
        bought = self.bought_share(now)
        if bought is None:
            return 0.0
        return bought if side is Side.BID else 1.0 - bought
