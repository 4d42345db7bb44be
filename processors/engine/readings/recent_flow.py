"""Taker volume around now, by price and by side, and when it may be incomplete."""

from typing import Final

import msgspec

from processors.engine.readings.tape import Tape
from schemas.market import TakerSide, Trade
from schemas.signals import Side

OPPOSITE_FLOW_MS: Final = 2_000
"""The time before a pull in which taker volume is evidence."""
BUY: Final = TakerSide.BUY
SLICE_MS: Final = 100


class Slice(msgspec.Struct):
    """Taker volume of one short slice of time, USD."""

    start: int
    buy_usd: float = 0.0
    sell_usd: float = 0.0


class RecentFlow(msgspec.Struct):
    """What takers did that the book has not shown yet, and in the last two seconds."""

    from_asks: Tape = msgspec.field(default_factory=Tape)
    """Taker buys."""
    from_bids: Tape = msgspec.field(default_factory=Tape)
    """Taker sells."""
    slices: list[Slice] = []
    unsound: list[tuple[int, int]] = []
    """Ranges of event time (ms, inclusive) in which trades may be missing."""

    def add(self, time: int, trade: Trade, units: int) -> None:
        """Note a trade of `units` lots that is not late.

        A taker buy consumes asks, a taker sell bids.
        """
        slices, price, start = self.slices, trade.price, time - time % SLICE_MS
        if not slices or slices[-1].start != start:
            slices.append(Slice(start))
            while slices[0].start < time - OPPOSITE_FLOW_MS:
                del slices[0]
        if trade.taker is BUY:
            self.from_asks.add(time, price, units)
            slices[-1].buy_usd += price * trade.qty
        else:
            self.from_bids.add(time, price, units)
            slices[-1].sell_usd += price * trade.qty

    def forget_tape(self) -> None:
        """Forget the volume by price: there is no book that it could explain."""
        self.from_asks.clear()
        self.from_bids.clear()

    def note_unsound(self, since: int, until: int) -> None:
        """Note that trades from `since` to `until` (ms, inclusive) may be missing."""
        self.unsound.append((since, until))

    def is_sound(self, since: int, until: int) -> bool:
        """Tell whether all trades from `since` to `until` (ms, inclusive) are known."""
        return not any(first <= until and last >= since for first, last in self.unsound)

    def forget_unsound(self, before: int) -> None:
        """Drop the ranges that end before `before` (ms)."""
        if self.unsound:
            self.unsound = [span for span in self.unsound if span[1] >= before]

    def rescale(self, factor: int) -> None:
        """Go over to a lot that is finer by `factor`."""
        self.from_asks.rescale(factor)
        self.from_bids.rescale(factor)

    def bought_share(self, now: int) -> float | None:
        """Return the share of recent taker volume that were buys; None without trades."""
        buy, sell = self.taken_usd(now)
        return buy / (buy + sell) if buy + sell > 0 else None

    def taken_usd(self, now: int) -> tuple[float, float]:
        """Return the notional of recent taker buys and sells, USD."""
        since = now - OPPOSITE_FLOW_MS
        buy = sell = 0.0
        for part in self.slices:
            if part.start >= since:
                buy += part.buy_usd
                sell += part.sell_usd
        return buy, sell

    def share_away_from(self, side: Side, now: int) -> float:
        """Return the share of recent taker volume that ran in the direction an order of `side`
        pushes the price: buys for a bid, sells for an ask. 0 without trades."""
        bought = self.bought_share(now)
        if bought is None:
            return 0.0
        return bought if side is Side.BID else 1.0 - bought
