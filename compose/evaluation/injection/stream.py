"""A finished market stream of one symbol in memory, as ingest would have published it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from compose.errors import UserError
from ingest.errors import IngestError
from ingest.kept_lines import capture_symbols
from ingest.offline import market_records
from schemas.control import DeadLetter
from schemas.market import (
    DepthDiff,
    DepthHeartbeat,
    DepthSnapshot,
    MarketRecord,
    OpenInterest,
    Trades,
)
from schemas.record import Record
from schemas.settings import Settings

MS_PER_HOUR = 3_600_000


@dataclass(frozen=True, slots=True)
class Grid:
    """The steps in which a symbol's prices and quantities move: powers of ten."""

    ticks_per_unit: int
    lots_per_unit: int

    def ticks(self, price: float) -> int:
        """Return a price in ticks."""
        return round(price * self.ticks_per_unit)

    def price(self, ticks: int) -> float:
        """Return the double that the venue's own text for this price reads as."""
        # One correctly rounded division of whole numbers: the nearest double to the decimal.
        return ticks / self.ticks_per_unit

    def lots(self, qty: float) -> int:
        """Return a base quantity in lots."""
        return round(qty * self.lots_per_unit)

    def qty(self, lots: int) -> float:
        """Return the double that the venue's own text for this quantity reads as."""
        return lots / self.lots_per_unit

    def lots_worth(self, usd: float, ticks: int) -> int:
        """Return the lots worth `usd` (quote currency) at a price, at least one."""
        return max(1, round(usd * self.ticks_per_unit * self.lots_per_unit / ticks))

    def usd(self, lots: int, ticks: int) -> float:
        """Return the notional of `lots` at a price, quote currency."""
        return self.qty(lots) * self.price(ticks)


@dataclass(frozen=True, slots=True)
class MarketStream:
    """The records of one symbol in the order of their publication."""

    name: str
    """For people: where it comes from."""
    venue: str
    symbol: str
    grid: Grid
    records: tuple[MarketRecord, ...]

    def with_offsets(self) -> Iterator[tuple[MarketRecord, int]]:
        """Iterate over the records, each with its offset in the topic it belongs to."""
        depth = trades = polls = 0
        for record in self.records:
            if isinstance(record, Trades):
                yield record, trades
                trades += 1
            elif isinstance(record, OpenInterest):
                yield record, polls
                polls += 1
            else:
                yield record, depth
                depth += 1

    def with_records(self, records: Iterable[MarketRecord]) -> MarketStream:
        """Return a stream of the same symbol with other records."""
        return replace(self, records=tuple(records))

    @property
    def hours(self) -> float:
        """Event time from the first snapshot to the last depth record, hours."""
        start = next(r.event_time for r in self.records if isinstance(r, DepthSnapshot))
        end = max(
            record.event_time
            for record in self.records
            if isinstance(record, DepthDiff | DepthHeartbeat)
        )
        return (end - start) / MS_PER_HOUR


def stream_of(name: str, records: Iterable[Record | DeadLetter]) -> MarketStream:
    """Return the stream that a symbol's records make.

    Raises UserError if there is no snapshot among them.
    """
    kept = tuple(record for record in records if isinstance(record, MarketRecord))
    snapshot = next((record for record in kept if isinstance(record, DepthSnapshot)), None)
    if snapshot is None:
        raise UserError(f"{name}: holds no depth snapshot, so there is no book to evaluate on")
    return MarketStream(name, snapshot.venue, snapshot.symbol, _grid(kept), kept)


def load_capture(path: Path) -> MarketStream:
    """Return the stream of the only, or alphabetically first, symbol of a capture.

    Raises UserError if the file is no sound capture.
    """
    try:
        symbols = capture_symbols(path)
        if not symbols:
            raise UserError(f"{path}: holds no stream of any symbol")
        return stream_of(path.name, market_records(path, Settings(), symbols[:1]))
    except IngestError as error:
        raise UserError(str(error)) from None


def _grid(records: tuple[MarketRecord, ...]) -> Grid:
    """Infer the steps from the decimals that occur in the first records."""
    prices: set[float] = set()
    quantities: set[float] = set()
    for record in records[:2_000]:
        if isinstance(record, DepthSnapshot | DepthDiff):
            for price, qty in (*record.bids, *record.asks):
                prices.add(price)
                quantities.add(qty)
    return Grid(_per_unit(prices), _per_unit(quantities))


def _per_unit(values: Iterable[float]) -> int:
    """Return how many of the smallest steps among `values` make one."""
    fractions = (repr(value).partition(".")[2] for value in values)
    return max((10 ** len(fraction) for fraction in fractions if fraction != "0"), default=1)
