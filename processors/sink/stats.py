"""What the sink has done so far."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Final

from processors.latency import LatencyHistogram
from schemas.status import Quantiles, SinkFigures

LATENCY_SAMPLES: Final = 1_000


@dataclass(slots=True)
class SinkStats:
    """Counters since the start of the process."""

    rows: Counter[str] = field(default_factory=Counter)
    """Rows written per view, repeats included."""
    batches: int = 0
    dead_letters: int = 0
    duplicates_skipped: int = 0
    retries: int = 0
    last_error: str | None = None
    """Why the store did not take the last batch; None while it does."""
    batch_ms: deque[float] = field(default_factory=lambda: deque(maxlen=LATENCY_SAMPLES))
    """Time to write each of the newest batches with its positions, ms."""

    write_times: LatencyHistogram = field(default_factory=LatencyHistogram)
    """The same of all batches since the start."""

    def wrote(self, milliseconds: float) -> None:
        """Count a batch that was written with its positions."""
        self.batches += 1
        self.batch_ms.append(milliseconds)
        self.write_times.add(milliseconds)

    def quantile_ms(self, quantile: float) -> float | None:
        """Return a quantile in [0, 1] of the batch times, ms; None before the first batch."""
        if not self.batch_ms:
            return None
        ordered = sorted(self.batch_ms)
        return ordered[min(len(ordered) - 1, int(quantile * len(ordered)))]

    def figures(self) -> SinkFigures:
        """Return the figures for the worker's status."""
        return SinkFigures(
            rows=dict(self.rows),
            batches=self.batches,
            dead_letters=self.dead_letters,
            duplicates_skipped=self.duplicates_skipped,
            retries=self.retries,
            last_error=self.last_error,
            insert_ms=Quantiles(p50=self.quantile_ms(0.5), p99=self.quantile_ms(0.99)),
        )
