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
from ingest.publish.outlet import PutResult
from processors.engine.engine import MarketEngine
from schemas.market import MarketRecord
from schemas.record import Record
from schemas.settings import Settings
from schemas.topics import topic_of_record
from schemas.units import SECOND_MS
from tests.support.ingesting.simulated_streams import SimulatedStreams

START_MS: Final = 1_700_000_000_000
LEARNING_MS: Final = 60 * SECOND_MS
SHARD: Final = "trades"
SETTINGS: Final = Settings()


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
        self.streams = SimulatedStreams(name, START_MS, SETTINGS, self._emit)
        self._waits = waits
        self._engine = MarketEngine(SETTINGS.ingest.venue, name, SETTINGS.engine_for(name))
        self._offsets: Counter[str] = Counter()

    @property
    def now_ms(self) -> int:
        """Time of its market, ms."""
        return self.streams.now_ms

    def step(self, clocks: ConnectionClocks | None) -> list[int]:
        """Let its market go on; return the times up to which its connection is complete now."""
        is_known = clocks is not None and clocks.of(SHARD).is_known
        said = self.streams.step(lambda: SECOND_MS if is_known else 0)
        told = [clocks.told(SHARD, event) for event in said] if clocks is not None else []
        self.streams.feed.tick(float(self.now_ms))
        return [safe_time for safe_time in told if safe_time is not None]

    def _emit(self, record: Record, bypass_limit: bool = False) -> PutResult:
        assert isinstance(record, MarketRecord)
        topic = topic_of_record(record).name
        signals = self._engine.apply(record, self._offsets[topic])
        self._offsets[topic] += 1
        if self.now_ms > START_MS + LEARNING_MS:
            self._waits.records += 1
            self._waits.signals_ms += [self.now_ms - one.received_us / 1_000 for one in signals]
        return PutResult.TAKEN


def measure(count: int, seconds: float, clocks: ConnectionClocks | None) -> Waits:
    """Run `count` symbols for so many seconds of market; None: each has only its own mark price."""
    waits = Waits()
    symbols = [Symbol(f"SIM{number:03d}USDT", waits) for number in range(1, count + 1)]
    while symbols[0].now_ms < START_MS + seconds * SECOND_MS:
        for one in symbols:
            for safe_time in one.step(clocks):
                now_ms = one.now_ms
                for other in symbols:
                    other.streams.feed.on_connection_clock(safe_time, now_ms * 1_000, float(now_ms))
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
