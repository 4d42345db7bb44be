"""How far the stated times of trades lie from the moments their quantity left the book.

Measured on a capture: trades are shifted by some milliseconds, and the share of traded levels that
show at least the traded quantity less in the same depth update is counted. Where the clocks of both
streams agree, the share has a peak at 0 that a few milliseconds destroy.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from compose.errors import UserError
from ingest.errors import IngestError
from ingest.offline import market_records
from schemas.market import BookReset, DepthDiff, DepthSnapshot, Level, TakerSide, Trade, Trades
from schemas.settings import Settings

SHIFTS_MS: Final = (-500, -250, -100, -50, -25, -10, -5, 0, 5, 10, 25, 50, 100, 250, 500)
FITS: Final = 0.95
"""Shifts whose share is at least this part of the best one fit as well as it."""
FEW_LEVELS: Final = 100


@dataclass(frozen=True, slots=True)
class Alignment:
    """What a capture says."""

    traded_levels: int
    """Levels with trades, counted once per depth update, unshifted."""
    explained: dict[int, float]
    """By shift in ms: share of the traded levels that the book explains."""

    @property
    def alignment_ms(self) -> int:
        """The setting that fits: the farthest shift that explains about as much as the best."""
        best = max(self.explained.values())
        return max(abs(ms) for ms, share in self.explained.items() if share >= FITS * best)


def measure_alignment(capture: Path, settings: Settings) -> Alignment:
    """Measure a capture of one symbol. Raises UserError."""
    decreases = _Decreases()
    trades: list[Trade] = []
    try:
        for record in market_records(capture, settings):
            if isinstance(record, Trades):
                trades += record.trades
            elif isinstance(record, DepthSnapshot | DepthDiff | BookReset):
                decreases.take(record)
    except IngestError as error:
        raise UserError(str(error)) from None
    shares = {shift: _share(decreases, trades, shift) for shift in SHIFTS_MS}
    count = shares[0][0]
    if count < FEW_LEVELS:
        raise UserError(
            f"capture {capture} has {count} traded levels within its depth updates, too few to"
            f" measure; at least {FEW_LEVELS} are needed"
        )
    return Alignment(count, {shift: share for shift, (_, share) in shares.items()})


class _Decreases:
    """What every depth update took from each level, in base quantity."""

    def __init__(self) -> None:
        self.times: list[int] = []
        """Times of the updates, ms, ascending."""
        self.lost: list[dict[tuple[TakerSide, float], float] | None] = []
        """By update: quantity lost by the taker side that consumes it and price; None: no book."""
        self._book: dict[TakerSide, dict[float, float]] = {}

    def take(self, record: DepthSnapshot | DepthDiff | BookReset) -> None:
        if isinstance(record, BookReset):
            self._book = {}
            return
        if isinstance(record, DepthSnapshot):
            self._book = {
                TakerSide.SELL: dict(record.bids),
                TakerSide.BUY: dict(record.asks),
            }
            self._note(record.event_time, None)
        elif self._book:
            lost: dict[tuple[TakerSide, float], float] = {}
            self._apply(TakerSide.SELL, record.bids, lost)
            self._apply(TakerSide.BUY, record.asks, lost)
            self._note(record.event_time, lost)

    def _note(self, time: int, lost: dict[tuple[TakerSide, float], float] | None) -> None:
        self.times.append(time)
        self.lost.append(lost)

    def _apply(
        self,
        taker: TakerSide,
        levels: Iterable[Level],
        lost: dict[tuple[TakerSide, float], float],
    ) -> None:
        side = self._book[taker]
        for price, qty in levels:
            lost[taker, price] = side.get(price, 0.0) - qty
            side[price] = qty


def _share(decreases: _Decreases, trades: list[Trade], shift_ms: int) -> tuple[int, float]:
    """Return how many levels were traded, and the share of them that the book explains."""
    traded: defaultdict[int, dict[tuple[TakerSide, float], float]] = defaultdict(dict)
    for trade in trades:
        update = bisect_left(decreases.times, trade.event_time + shift_ms)
        if 0 < update < len(decreases.times):
            levels, level = traded[update], (trade.taker, trade.price)
            levels[level] = levels.get(level, 0.0) + trade.qty
    count = explained = 0
    for update, levels in traded.items():
        lost = decreases.lost[update]
        if lost is not None:
            count += len(levels)
            explained += sum(
                lost.get(level, 0.0) >= qty * (1 - 1e-9) for level, qty in levels.items()
            )
    return count, explained / count if count else 0.0
