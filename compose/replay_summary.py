"""What the engines alone did with a stretch of market, for progress lines and reports."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from schemas.market import BookReset, DepthDiff, DepthSnapshot, MarketRecord, ResetReason, Trades


@dataclass(slots=True)
class ReplaySummary:
    """What a replay did so far."""

    records: Counter[str] = field(default_factory=Counter)
    """Records applied, by topic."""
    trades: int = 0
    diffs_applied: int = 0
    signals: Counter[str] = field(default_factory=Counter)
    """Signals emitted, by topic."""
    dead_letters: int = 0
    first_problem: str = ""
    """Where and why of the first dead letter."""
    gaps: int = 0
    """Sequence gaps in depth updates."""
    symbols: set[str] = field(default_factory=set)
    unpriced: set[str] = field(default_factory=set)
    """Symbols of whose quote currency nobody said what it is worth."""
    event_time: int = 0
    """Newest event time, ms."""
    first_event_time: int = 0
    seconds: float = 0.0
    _in_gap: set[str] = field(default_factory=set, repr=False)
    """Markets whose book is lost to a sequence gap and not built anew yet."""

    def applied(self, record: MarketRecord, topic: str) -> None:
        """Count a record that an engine took."""
        self.records[topic] += 1
        now = record.watermark if isinstance(record, Trades) else record.event_time
        match record:
            case DepthDiff():
                pass
            case Trades():
                self.trades += len(record.trades)
            case BookReset():
                self._count_gap(record)
            case DepthSnapshot():
                self._in_gap.discard(record.key)
        self.event_time = max(self.event_time, now)
        if 0 < now < self.first_event_time or not self.first_event_time:
            self.first_event_time = max(now, 0)

    def _count_gap(self, reset: BookReset) -> None:
        """Count a gap once, though its reset is told again until there is a snapshot."""
        if reset.reason is not ResetReason.GAP:
            self._in_gap.discard(reset.key)
        elif reset.key not in self._in_gap:
            self._in_gap.add(reset.key)
            self.gaps += 1


def faults_told(gaps: int, dead_letters: int) -> str:
    """Return how many sequence gaps and dead letters there were, in words."""
    return f"{_counted(gaps, 'gap')}, {_counted(dead_letters, 'dead letter')}"


def _counted(count: int, name: str) -> str:
    return f"{count} {name}" if count == 1 else f"{count} {name}s"
