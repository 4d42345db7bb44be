"""Taker volume of each market in slices of 100 ms, and what is usual."""

import msgspec

from processors.cross.joint import JointSecond
from schemas.signals import Side
from schemas.signals.pulse import SLICE_MS, SLICES
from schemas.units import SECOND_MS

USUAL_S = 60
"""What is usual is told from the minute before."""
BURST_PART = 10
"""One in so many of its seconds, those with the largest volume, is left out."""


class MarketFlow(msgspec.Struct):
    """Taker volume of one market, base quantity."""

    start: int
    """Beginning of the first slice, ms."""
    buys: list[float] = []
    sells: list[float] = []
    usd: list[float] = []
    """Taken in each second, both ways."""

    def between(self, since: int, until: int) -> tuple[float, float]:
        """Return (bought, sold) in the slices that begin in [`since`, `until`) ms."""
        first = max(0, -(-(since - self.start) // SLICE_MS))
        last = max(first, -(-(until - self.start) // SLICE_MS))
        return sum(self.buys[first:last]), sum(self.sells[first:last])


class FlowMemory(msgspec.Struct):
    """The last taker volume of every market."""

    markets: dict[str, MarketFlow] = {}

    def take(self, second: JointSecond, keep_ms: int) -> None:
        """Take the volume of a second; keep `keep_ms` of each market."""
        for pulse in second.pulses:
            begin = second.time - SECOND_MS
            flow = self.markets.get(pulse.market)
            if flow is None:
                flow = self.markets[pulse.market] = MarketFlow(begin)
            # Seconds of which the market told nothing had no trades, as far as anybody knows.
            hole = (begin - flow.start) // SLICE_MS - len(flow.buys)
            if hole > keep_ms // SLICE_MS:
                flow.start, flow.buys, flow.sells, flow.usd, hole = begin, [], [], [], 0
            flow.buys += [0.0] * hole + pulse.buy_qty
            flow.sells += [0.0] * hole + pulse.sell_qty
            flow.usd += [0.0] * (hole // SLICES) + [pulse.buy_usd + pulse.sell_usd]
            surplus = max(0, len(flow.usd) - -(-keep_ms // SECOND_MS))
            del flow.usd[:surplus]
            del flow.buys[: surplus * SLICES], flow.sells[: surplus * SLICES]
            flow.start += surplus * SECOND_MS

    def helped(self, market: str, side: Side, since: int, until: int) -> tuple[float, float]:
        """Return what takers took in [`since`, `until`) ms: the way that a lure on `side` helps,
        and the other way.

        A bid that is not meant draws buyers in, into whom its owner sells; an ask draws sellers.
        """
        flow = self.markets.get(market)
        if flow is None:
            return 0.0, 0.0
        bought, sold = flow.between(since, until)
        return (sold, bought) if side is Side.BID else (bought, sold)

    def usual(self, market: str, length_ms: int, before: int) -> float:
        """Return what takers took, both ways, in a time of `length_ms` on average in the minute
        before `before` (ms), its largest seconds left out: a burst makes no other one usual. 0
        while less than a quarter of the minute is known."""
        flow = self.markets.get(market)
        if flow is None:
            return 0.0
        marks = range(before - USUAL_S * SECOND_MS, before, SECOND_MS)
        taken = sorted(
            sum(flow.between(mark, mark + SECOND_MS)) for mark in marks if mark >= flow.start
        )
        if len(taken) < USUAL_S // 4:
            return 0.0
        kept = taken[: len(taken) - len(taken) // BURST_PART]
        return sum(kept) / len(kept) * length_ms / SECOND_MS

    def minute_usd(self, market: str) -> float:
        """Return what takers took in the last minute, USD."""
        flow = self.markets.get(market)
        return sum(flow.usd[-USUAL_S:]) if flow is not None else 0.0
