"""The markets that cross-market actors are put on: captures of one coin at one time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from statistics import median

import numpy as np
import numpy.typing as npt

from compose.captures import Capture
from compose.errors import UserError
from compose.evaluation.hard.yardstick import Yardstick
from compose.evaluation.injection.path import MarketPath
from compose.evaluation.injection.stream import MarketStream, stream_of
from ingest.errors import IngestError
from ingest.kept_lines import capture_symbols
from ingest.offline import market_records
from schemas.market import TakerSide, Trades
from schemas.record import symbol_key
from schemas.settings import Settings
from schemas.signals import Side

Figures = npt.NDArray[np.float64]

BASIS_S = 60
USUAL_MS = 60_000
BURSTS = 6


@dataclass(frozen=True, slots=True)
class MarketTape:
    """One market, untouched."""

    stream: MarketStream
    path: MarketPath
    yardstick: Yardstick
    takers: tuple[Figures, Figures, Figures]
    """Times of the trades (ms, ascending), and what was bought and sold before each (base)."""

    @property
    def name(self) -> str:
        """`venue:symbol`."""
        return symbol_key(self.stream.venue, self.stream.symbol)

    def update_at(self, time: float) -> int:
        """Return the first depth update at or after a time (ms); the last one beyond the end."""
        return min(self.path.at(int(time)), len(self.path) - 1)

    def time(self, update: int) -> int:
        """Return the event time of an update, ms."""
        return int(self.path.times[update])

    def taken(self, since: int, until: int) -> tuple[float, float]:
        """Return what takers bought and sold in [`since`, `until`) ms, base quantity."""
        times, bought, sold = self.takers
        first, last = (int(place) for place in np.searchsorted(times, (since, until)))
        return float(bought[last] - bought[first]), float(sold[last] - sold[first])


def market_tape(capture: Capture, settings: Settings) -> MarketTape:
    """Return the alphabetically first symbol of a capture. Raises UserError."""
    try:
        symbols = capture_symbols(capture.path)
        if not symbols:
            raise UserError(f"{capture.path}: holds no stream of any symbol")
        records = market_records(capture.path, capture.settings(settings), symbols[:1])
        stream = stream_of(capture.path.name, records)
    except IngestError as error:
        raise UserError(str(error)) from None
    return MarketTape(stream, MarketPath(stream), Yardstick(stream), _takers(stream))


def _takers(stream: MarketStream) -> tuple[Figures, Figures, Figures]:
    trades = sorted(
        (trade.event_time, trade.qty, trade.taker is TakerSide.BUY)
        for record in stream.records
        if isinstance(record, Trades)
        for trade in record.trades
    )
    bought = np.cumsum([0.0, *(qty if is_buy else 0.0 for _, qty, is_buy in trades)])
    sold = np.cumsum([0.0, *(0.0 if is_buy else qty for _, qty, is_buy in trades)])
    return np.array([float(time) for time, _, _ in trades]), bought, sold


def basis(one: MarketTape, other: MarketTape, time: int) -> float:
    """Return log(price at `one` / price at `other`): the median over the minute before `time`."""
    marks = range(time - BASIS_S * 1_000, time, 1_000)
    return median(
        log(one.path.mid(one.update_at(mark))) - log(other.path.mid(other.update_at(mark)))
        for mark in marks
    )


def helped(tape: MarketTape, side: Side, since: int, until: int) -> tuple[float, float]:
    """Return taker volume the way that a lure on `side` helps, and the other way, base."""
    bought, sold = tape.taken(since, until)
    return (sold, bought) if side is Side.BID else (bought, sold)


def usual(tape: MarketTape, length_ms: int, before: int) -> float:
    """Return the taker volume of an average time of `length_ms` in the minute before, its six
    largest seconds left out, base."""
    seconds = sorted(
        sum(tape.taken(mark, mark + 1_000)) for mark in range(before - USUAL_MS, before, 1_000)
    )[:-BURSTS]
    return sum(seconds) / len(seconds) * length_ms / 1_000


def common_time(tapes: Sequence[MarketTape]) -> tuple[int, int]:
    """Return the first and the last moment that all tapes cover, ms."""
    return max(t.time(0) for t in tapes), min(t.time(len(t.path) - 1) for t in tapes)
