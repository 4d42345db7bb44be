"""What the untouched market did: the price path and every level's history, by depth update.

Actors look ahead in it: an order that is to stand for five seconds is only put where the market
does not run through it in that time, and one that is to be eaten where takers come.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from compose.evaluation.injection.stream import Grid, MarketStream
from schemas.market import DepthDiff, DepthSnapshot, TakerSide, Trades
from schemas.signals import Side

IntArray = npt.NDArray[np.int64]

NO_TRADE = -(2**60)
FARTHEST_TICKS = 20_000
"""Levels beyond this distance from the best one are not looked for."""


def sign_of(side: Side) -> int:
    """Return the direction away from mid: +1 for asks, -1 for bids."""
    return 1 if side is Side.ASK else -1


@dataclass(frozen=True, slots=True)
class SideView:
    """The path as seen from one side, in signed ticks that grow away from mid.

    A level at `y` stands untouched while `opposite < y` and `reach < y`.
    """

    own: IntArray
    """Best level of the side after each update."""
    opposite: IntArray
    """Best level of the other side after each update."""
    reach: IntArray
    """Farthest price at which takers consumed this side since the update before."""


class MarketPath:
    """Depth updates are numbered from 0, in the order in which they change the book."""

    def __init__(self, stream: MarketStream) -> None:
        self.grid: Grid = stream.grid
        self._history: dict[tuple[Side, int], tuple[list[int], list[int]]] = {}
        self._snapshot: dict[tuple[Side, int], int] = {}
        self.coverage: dict[Side, int] = {}
        """Signed ticks of the farthest level of the first snapshot, by side."""
        self.taken: list[dict[tuple[Side, int], int]] = []
        """Lots that takers took since the update before, by side consumed and tick."""
        self.times: IntArray
        self.views: dict[Side, SideView]
        self._read(stream)

    def __len__(self) -> int:
        return len(self.times)

    def mid(self, update: int) -> float:
        """Return the middle price after an update, quote currency."""
        asks = self.views[Side.ASK]
        return float(asks.own[update] + asks.opposite[update]) / 2 / self.grid.ticks_per_unit

    def lots(self, side: Side, tick: int, update: int) -> int:
        """Return what the untouched market shows on a level after an update, lots."""
        updates, lots = self._history.get((side, tick), ([], []))
        place = bisect_right(updates, update)
        return lots[place - 1] if place else self._snapshot.get((side, tick), 0)

    def levels_near(self, side: Side, update: int, near: int, far: int) -> list[tuple[int, int]]:
        """Return (tick, lots) of the levels `near` to `far` ticks away from the side's best."""
        sign, best = sign_of(side), int(self.views[side].own[update])
        ticks = (sign * (best + away) for away in range(near, far + 1))
        levels = ((tick, self.lots(side, tick, update)) for tick in ticks)
        return [(tick, lots) for tick, lots in levels if lots]

    def best_levels(self, side: Side, update: int, count: int) -> list[tuple[int, int]]:
        """Return (tick, lots) of the best `count` levels after an update, best first."""
        sign, best = sign_of(side), int(self.views[side].own[update])
        found: list[tuple[int, int]] = []
        for y in range(best, best + FARTHEST_TICKS):
            if lots := self.lots(side, y * sign, update):
                found.append((y * sign, lots))
                if len(found) == count:
                    break
        return found

    def at(self, time: int) -> int:
        """Return the number of the first update at or after `time` (ms)."""
        return int(np.searchsorted(self.times, time, side="left"))

    def _read(self, stream: MarketStream) -> None:
        grid = self.grid
        trades = sorted(
            (trade.event_time, trade)
            for record in stream.records
            if isinstance(record, Trades)
            for trade in record.trades
        )
        books: dict[Side, _SideBook] = {}
        rows: list[tuple[int, int, int, int, int]] = []
        next_trade = 0
        for record in stream.records:
            if isinstance(record, DepthSnapshot) and not books:
                books = self._start(record)
                next_trade = bisect_right(trades, record.event_time, key=lambda pair: pair[0])
            elif isinstance(record, DepthDiff) and books:
                taken: dict[tuple[Side, int], int] = defaultdict(int)
                high, low = NO_TRADE, -NO_TRADE
                while next_trade < len(trades) and trades[next_trade][0] <= record.event_time:
                    trade = trades[next_trade][1]
                    tick = grid.ticks(trade.price)
                    if trade.taker is TakerSide.BUY:
                        taken[Side.ASK, tick] += grid.lots(trade.qty)
                        high = max(high, tick)
                    else:
                        taken[Side.BID, tick] += grid.lots(trade.qty)
                        low = min(low, tick)
                    next_trade += 1
                self._apply(record, books, len(rows))
                self.taken.append(dict(taken))
                bid, ask = -books[Side.BID].best, books[Side.ASK].best
                rows.append((record.event_time, bid, ask, high, low))
        table = np.array(rows, dtype=np.int64).reshape(-1, 5)
        self.times = table[:, 0]
        bids, asks, highs, lows = table[:, 1], table[:, 2], table[:, 3], table[:, 4]
        self.views = {
            Side.ASK: SideView(asks, bids, highs),
            Side.BID: SideView(-bids, -asks, -lows),
        }

    def _start(self, snapshot: DepthSnapshot) -> dict[Side, _SideBook]:
        grid = self.grid
        books = {}
        for side, levels in ((Side.BID, snapshot.bids), (Side.ASK, snapshot.asks)):
            book = _SideBook(sign_of(side))
            for price, qty in levels:
                tick, lots = grid.ticks(price), grid.lots(qty)
                book.set(tick, lots)
                self._snapshot[side, tick] = lots
            self.coverage[side] = max(sign_of(side) * tick for tick in book.lots)
            books[side] = book
        return books

    def _apply(self, diff: DepthDiff, books: dict[Side, _SideBook], update: int) -> None:
        grid = self.grid
        for side, levels in ((Side.BID, diff.bids), (Side.ASK, diff.asks)):
            book = books[side]
            for price, qty in levels:
                tick, lots = grid.ticks(price), grid.lots(qty)
                updates, quantities = self._history.setdefault((side, tick), ([], []))
                updates.append(update)
                quantities.append(lots)
                book.set(tick, lots)


class _SideBook:
    """Lots by tick, and the best signed tick."""

    __slots__ = ("best", "lots", "sign")

    def __init__(self, sign: int) -> None:
        self.sign = sign
        self.lots: dict[int, int] = {}
        self.best = -NO_TRADE

    def set(self, tick: int, lots: int) -> None:
        if lots:
            self.lots[tick] = lots
            self.best = min(self.best, tick * self.sign)
        elif self.lots.pop(tick, 0) and tick * self.sign == self.best:
            self.best = min(other * self.sign for other in self.lots)
