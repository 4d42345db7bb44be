"""Packs the trades of a run anew with ingest's own packer, which tells what it misses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from compose.evaluation.hard.feed.trade_faults import Arrival
from compose.evaluation.injection.stream import MarketStream
from ingest.feeds.trades.trade_packer import TradePacker
from schemas.market import DepthDiff, MarketRecord, Trades
from schemas.settings import IngestSettings

US_PER_MS: Final = 1_000
CLOCK_MS: Final = 1_000
"""The venue's own time is seen this often on the connection of the trades."""
SECOND_MS: Final = 1_000

Fault = Callable[[Sequence[Arrival]], Sequence[Arrival]]


def repacked(stream: MarketStream, fault: Fault) -> MarketStream:
    """Return the stream with its trades packed again after a fault befell them."""
    return stream.with_records(_records(stream, fault))


def _records(stream: MarketStream, fault: Fault) -> Iterator[MarketRecord]:
    settings = IngestSettings()
    packer = TradePacker(
        stream.venue,
        stream.symbol,
        settings.pack_ms,
        settings.heartbeat_ms,
        settings.silence_s * SECOND_MS,
    )
    waiting = list(fault(_arrivals(stream)))
    place, now_us, clock_us, newest = 0, 0, 0, 0
    for record in stream.records:
        now_us = max(now_us, record.received_us)
        while place < len(waiting) and waiting[place].at_us <= now_us:
            one = waiting[place]
            place += 1
            yield from packer.tick(one.at_us / US_PER_MS)
            yield from packer.add(one.trade, one.at_us, one.at_us / US_PER_MS)
        yield from packer.tick(now_us / US_PER_MS)
        if isinstance(record, Trades):
            continue
        yield record
        if isinstance(record, DepthDiff):
            newest = record.event_time
            packer.depth_went_on(newest)
            if now_us - clock_us >= CLOCK_MS * US_PER_MS:
                clock_us = now_us
                told = newest - settings.clock_margin_ms
                yield from packer.heartbeat(told, now_us, now_us / US_PER_MS)
    for one in waiting[place:]:
        yield from packer.add(one.trade, one.at_us, one.at_us / US_PER_MS)
    end = (max(newest, packer.newest_time) // SECOND_MS + 1) * SECOND_MS
    yield from packer.finish(end, now_us, now_us / US_PER_MS)


def _arrivals(stream: MarketStream) -> list[Arrival]:
    """Return the trades with consecutive numbers, each received with its pack."""
    arrivals: list[Arrival] = []
    at_us = 0
    for record in stream.records:
        at_us = max(at_us, record.received_us)
        if isinstance(record, Trades):
            for trade in record.trades:
                numbered = trade._replace(trade_id=len(arrivals) + 1)
                arrivals.append(Arrival(at_us, numbered))
    return arrivals
