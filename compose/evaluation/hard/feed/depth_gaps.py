"""Depth updates that get lost, and the snapshot that the book begins anew with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from compose.evaluation.injection.stream import MarketStream
from schemas.market import (
    BookReset,
    DepthDiff,
    DepthSnapshot,
    MarketRecord,
    ResetReason,
)

GAP_MS: Final = 1_200
"""From the lost update to the new snapshot."""
LEVELS: Final = 1_000


def with_gaps(stream: MarketStream, moments: Sequence[int]) -> MarketStream:
    """Return the stream without the depth that follows each moment (event time, ms)."""
    return stream.with_records(_records(stream, sorted(moments)))


def _records(stream: MarketStream, moments: Sequence[int]) -> Iterator[MarketRecord]:
    due = list(moments)
    bids: dict[float, float] = {}
    asks: dict[float, float] = {}
    lost_since: int | None = None
    for record in stream.records:
        if isinstance(record, DepthSnapshot):
            bids, asks = dict(record.bids), dict(record.asks)
        if not isinstance(record, DepthDiff):
            yield record
            continue
        for book, levels in ((bids, record.bids), (asks, record.asks)):
            book.update(levels)
            for price, qty in levels:
                if not qty:
                    book.pop(price, None)
        if lost_since is None and due and record.event_time >= due[0]:
            lost_since = record.event_time
            while due and due[0] < record.event_time + GAP_MS:
                due.pop(0)
            yield BookReset(
                venue=record.venue,
                symbol=record.symbol,
                event_time=record.event_time,
                received_us=record.received_us,
                reason=ResetReason.GAP,
            )
        elif lost_since is None:
            yield record
        elif record.event_time >= lost_since + GAP_MS:
            lost_since = None
            yield _snapshot(record, bids, asks)


def _snapshot(
    record: DepthDiff, bids: dict[float, float], asks: dict[float, float]
) -> DepthSnapshot:
    return DepthSnapshot(
        venue=record.venue,
        symbol=record.symbol,
        event_time=record.event_time,
        received_us=record.received_us,
        last_update_id=record.last_update_id,
        bids=[(price, bids[price]) for price in sorted(bids, reverse=True)[:LEVELS]],
        asks=[(price, asks[price]) for price in sorted(asks)[:LEVELS]],
    )
