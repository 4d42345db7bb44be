"""What the worker counts. Plain numbers; `status.py` turns them into the report."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from processors.latency import LatencyHistogram


@dataclass(slots=True)
class ShellMetrics:
    """Counters of one worker since its start."""

    records: Counter[str] = field(default_factory=Counter)
    """Records applied, per input topic."""
    signals: Counter[str] = field(default_factory=Counter)
    """Signals emitted, per topic."""
    duplicates_skipped: int = 0
    """Records delivered again that had been applied before: normal after a restart."""
    gaps: int = 0
    """Deliveries that began behind the expected offset and were fetched again."""
    lost_records: int = 0
    """Records that retention deleted before they were read."""
    shrunken_logs: int = 0
    """Topic partitions that had lost records which were read before."""
    dead_letters: int = 0
    stalls: int = 0
    """Partitions that stood still with records left and were fetched again."""
    rewinds: int = 0
    """Returns to the last checkpoint because signals were not acknowledged."""
    checkpoints: int = 0
    checkpoint_at_s: float | None = None
    """Monotonic clock when the last checkpoint was complete; None before the first."""
    state_bytes: int = 0
    """Size of the largest state value written so far."""
    faults: dict[str, str] = field(default_factory=dict)
    """Symbols that a failure of their engine stopped, with the reason."""
    book_resets: int = 0
    """Books that became invalid."""
    late_trades: int = 0
    """Trades behind a stated watermark: in the flow, not in the life of orders."""
    repeated_trades: int = 0
    """Trades that came again and were left out."""
    faulted_records: int = 0
    """Records of such symbols that were passed over since."""
    crowded_out_records: int = 0
    """Records of symbols for which there was no room."""
    latency: LatencyHistogram = field(default_factory=LatencyHistogram)
    """Frame receipt to signal emitted."""
