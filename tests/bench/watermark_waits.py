"""How long signals wait for the watermarks of quiet symbols, in simulated time on any machine.

Ordinary symbols of the built-in exchange share one connection; each frame is read the moment it
is sent, and an engine takes each record at once. The first minute, in which the margin of the
connection's clock is learned, does not count.

    python -m tests.bench.watermark_waits --symbols 40 --seconds 180
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

import click

from ingest.connections.connection_clocks import ConnectionClocks
from ingest.exchange.market import payloads
from ingest.exchange.market.feed import SimulatedFeed
from ingest.exchange.market.simulated_symbol import SimulatedSymbol
from ingest.exchange.market.spec import spec_of
from ingest.feeds.symbol_feed import SymbolFeed
from ingest.publish.outlet import PutResult
from ingest.venues.events import DepthUpdate, MarkPrice, TradeRun, TradeUpdate
from ingest.venues.registry import venue_of
from processors.engine.engine import MarketEngine
from schemas.market import MarketRecord
from schemas.record import Record
from schemas.settings import Settings
from schemas.topics import topic_of_record
from schemas.units import SECOND_MS

START_MS: Final = 1_700_000_000_000
LEARNING_MS: Final = 60 * SECOND_MS
STREAMS: Final = ("@depth@100ms", "@aggTrade", "@markPrice@1s")
SHARD: Final = "trades"
SETTINGS: Final = Settings()
VENUE: Final = venue_of(SETTINGS.ingest)


@dataclass(slots=True)
class Waits:
    """What was measured."""

    signals_ms: list[float] = field(default_factory=list)
    """From the receipt of the frame that a signal names to the signal."""
    records: int = 0

    def line(self, name: str, symbols: int, seconds: float) -> str:
        """Return the figures in one line."""
        times = sorted(self.signals_ms)
        p50, p90, p99 = (times[int(share * len(times))] for share in (0.5, 0.9, 0.99))
        rate = self.records / symbols / (seconds - LEARNING_MS / SECOND_MS)
        return (
            f"{name}: p50 {p50:.0f} ms, p90 {p90:.0f} ms, p99 {p99:.0f} ms, most {times[-1]:.0f} "
            f"ms; {rate:.1f} records a second and symbol"
        )


class Symbol:
    """One symbol from its market to its engine."""

    def __init__(self, name: str, waits: Waits) -> None:
        self.market = SimulatedSymbol(spec_of(name), 1, START_MS)
        self.feed = SymbolFeed(VENUE.name, name, VENUE.sequence, SETTINGS.ingest, self._emit)
        self._waits = waits
        self._frames = SimulatedFeed(self.market)
        self._engine = MarketEngine(VENUE.name, name, SETTINGS.engine_for(name))
        self._offsets: Counter[str] = Counter()

    @property
    def now_ms(self) -> int:
        """Time of its market, ms."""
        return self.market.now_ms

    def step(self, clock: ConnectionClocks | None) -> list[int]:
        """Let its market go on; return the times up to which its connection is complete now."""
        safe: list[int] = []
        published = list(self._frames.step(lambda stream: stream.endswith(STREAMS)))
        now_us, now_ms = self.now_ms * 1_000, float(self.now_ms)
        for stream, payload in published:
            event = VENUE.parse(b'{"stream":"%s","data":%s}' % (stream.encode(), payload)).event
            if isinstance(event, DepthUpdate):
                self.feed.on_depth(event, now_us, now_ms)
                continue
            if isinstance(event, TradeUpdate | TradeRun):
                self.feed.take_trades(event, now_us, now_ms)
            elif isinstance(event, MarkPrice):
                is_known = clock is not None and clock.of(SHARD).is_known
                self.feed.on_clock(event.sent_time, now_us, now_ms, SECOND_MS if is_known else 0)
            else:
                raise TypeError(f"{stream}: {event!r}")
            told = clock.told(SHARD, event) if clock is not None else None
            safe += [told] if told is not None else []
        if self.feed.depth.wants_snapshot:
            self.feed.depth.snapshot_requested()
            raw = payloads.depth_snapshot(self.market, 1_000)
            self.feed.on_snapshot(VENUE.parse_snapshot(raw, self.feed.symbol), now_us, now_ms)
        self.feed.tick(now_ms)
        return safe

    def _emit(self, record: Record, bypass_limit: bool = False) -> PutResult:
        assert isinstance(record, MarketRecord)
        topic = topic_of_record(record).name
        signals = self._engine.apply(record, self._offsets[topic])
        self._offsets[topic] += 1
        if self.now_ms > START_MS + LEARNING_MS:
            self._waits.records += 1
            self._waits.signals_ms += [self.now_ms - one.received_us / 1_000 for one in signals]
        return PutResult.TAKEN


def measure(count: int, seconds: float, clock: ConnectionClocks | None) -> Waits:
    """Run `count` symbols for so many seconds of market; None: each has only its own mark price."""
    waits = Waits()
    symbols = [Symbol(f"SIM{number:03d}USDT", waits) for number in range(1, count + 1)]
    while symbols[0].now_ms < START_MS + seconds * SECOND_MS:
        for one in symbols:
            for safe_time in one.step(clock):
                now_ms = one.now_ms
                for other in symbols:
                    other.feed.on_connection_clock(safe_time, now_ms * 1_000, float(now_ms))
    return waits


@click.command()
@click.option("--symbols", type=click.IntRange(2, 500), default=40, show_default=True)
@click.option("--seconds", type=click.FloatRange(min=70), default=180.0, show_default=True)
def main(symbols: int, seconds: float) -> None:
    """Print how long signals wait by a symbol's own word alone and by its connection's."""
    alone = measure(symbols, seconds, None)
    click.echo(alone.line("its own mark price, once a second", symbols, seconds))
    clocks = ConnectionClocks(SETTINGS.ingest.clock_margin_ms)
    together = measure(symbols, seconds, clocks)
    margin = clocks.of(SHARD).margin_ms
    click.echo(together.line(f"its connection, {margin} ms behind", symbols, seconds))


if __name__ == "__main__":
    main()
