"""What the engine costs per depth event, against decoding and two plain dicts.

The yardstick is the least that any local book must do: decode a depth frame with msgspec and apply
it to a dict a side. The engine is given decoded records. Two figures: what happens when a depth
event is applied (book, attribution, lifecycle, classes, events), and everything the engine does
with the same stretch of market, its trades and its once-a-second bars and metrics included.
"""

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.offline import market_records
from processors.engine.engine import MarketEngine
from processors.engine.symbol_market import SymbolMarket
from schemas.control import DeadLetter
from schemas.market import AnyDepth, DepthDiff, OpenInterest, Trades
from schemas.settings import Settings
from schemas.signals import Signal
from tests.bench.yardstick import depth_frames, two_dicts

SYMBOL = "BTCUSDT"
US_PER_S = 1e6
CLOCK_READS, CLOCK_BATCH = 20_000, 500


@dataclass(frozen=True, slots=True)
class EngineCost:
    """Microseconds per depth event."""

    yardstick_us: float
    depth_us: float
    """Applying depth events, with detection."""
    everything_us: float
    """Trades, bars and metrics included."""
    depth_events: int
    """In the capture."""

    @property
    def ratio(self) -> float:
        """Cost of depth events in yardsticks."""
        return self.depth_us / self.yardstick_us


def measure(capture: Path, rounds: int) -> EngineCost:
    """Measure all in turn, `rounds` times, and return the best of each: noise only adds."""
    frames = depth_frames(capture)
    settings = Settings()
    records = [r for r in market_records(capture, settings) if not isinstance(r, DeadLetter)]
    diffs = sum(isinstance(record, DepthDiff) for record in records)
    clock_s = _clock_cost_s()
    yardstick: list[float] = []
    depth: list[float] = []
    everything: list[float] = []
    gc.collect()
    gc.freeze()  # A process that reads a stream does not hold minutes of it for the collector.
    for _ in range(rounds):
        # It divides all the others: were it not at its best first, it would flatter them.
        yardstick += [_timed(lambda: two_dicts(frames)) / len(frames) for _ in range(3)]
        everything.append(_timed(lambda: _run_engine(records, settings)) / diffs)
        depth.append(_depth_alone(records, settings) / diffs - clock_s)
    gc.unfreeze()
    yardstick_us, depth_us, everything_us = (
        min(times) * US_PER_S for times in (yardstick, depth, everything)
    )
    return EngineCost(yardstick_us, depth_us, everything_us, len(frames))


def _clock_cost_s() -> float:
    """Return what a measurement of nothing measures: reading the CPU clock takes about 1 us."""
    reads = [time.process_time() for _ in range(CLOCK_READS)]
    return min(
        (reads[end] - reads[end - CLOCK_BATCH]) / CLOCK_BATCH
        for end in range(CLOCK_BATCH, CLOCK_READS, CLOCK_BATCH)
    )


class _ClockedMarket(SymbolMarket):
    """Adds up the time that an engine spends on applying depth records."""

    spent_s = 0.0

    def depth(self, record: AnyDepth, now: int, out: list[Signal]) -> None:
        start = time.process_time()
        super().depth(record, now, out)
        self.spent_s += time.process_time() - start


class _ClockedEngine(MarketEngine):
    """An engine over a market with a clock."""

    def __init__(self, settings: Settings) -> None:
        super().__init__("binance_usdm", SYMBOL, settings.engine_for(SYMBOL))
        self._market = self.clocked = _ClockedMarket(self._scope, None, None)
        self._ledger = self._ledger_of(None)


def _depth_alone(records: Sequence[object], settings: Settings) -> float:
    engine = _ClockedEngine(settings)
    _feed(engine, records)
    return engine.clocked.spent_s


def _run_engine(records: Sequence[object], settings: Settings) -> None:
    _feed(MarketEngine("binance_usdm", SYMBOL, settings.engine_for(SYMBOL)), records)


def _feed(engine: MarketEngine, records: Sequence[object]) -> None:
    offsets = [0, 0, 0]
    for record in records:
        topic = isinstance(record, Trades) + 2 * isinstance(record, OpenInterest)
        engine.apply(record, offsets[topic])  # type: ignore[arg-type]
        offsets[topic] += 1


def _timed(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start
