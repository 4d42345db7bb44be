"""What a whole replay of a capture costs: reading the file, making records, the engine."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from compose.replay import replay
from ingest.offline import market_records
from schemas.settings import Settings


@dataclass(frozen=True, slots=True)
class ReplayCost:
    """Processor time for one pass over the capture, s."""

    records_s: float
    """Until the records are made."""
    replay_s: float
    """Until the signals are there, the records included."""
    market_s: float
    """How long the market took."""

    @property
    def pace(self) -> float:
        """Times real time, of a core that does nothing else."""
        return self.market_s / self.replay_s


def measure_replay(capture: Path, rounds: int) -> ReplayCost:
    """Measure both in turn, `rounds` times, and return the best of each."""
    settings = Settings()
    summary = replay(capture, settings)
    market_s = (summary.event_time - summary.first_event_time) / 1_000

    def read() -> None:
        for _ in market_records(capture, settings):
            pass

    pairs = [(_timed(read), _timed(lambda: replay(capture, settings))) for _ in range(rounds)]
    records, whole = zip(*pairs, strict=True)
    return ReplayCost(min(records), min(whole), market_s)


def _timed(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start
