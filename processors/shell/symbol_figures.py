"""What can be seen of one symbol from outside its engine: its records and its signals."""

from __future__ import annotations

from typing import Final

from processors.shell.metrics import ShellMetrics
from schemas.market import (
    BookReset,
    DepthDiff,
    DepthHeartbeat,
    DepthSnapshot,
    MarketRecord,
    OpenInterest,
    Trades,
)
from schemas.signals import BookMetrics, FlowBar, Signal
from schemas.signals.pulse import MarketPulse
from schemas.units import SECOND_MS

BOOKS: Final = (DepthDiff, DepthSnapshot, DepthHeartbeat)
"""What is published of a book that there is."""


class SymbolFigures:
    """Gauges of a symbol; what only grows is counted in the worker's metrics."""

    __slots__ = ("book_valid", "is_book_published", "open_orders", "watermark_ms")

    def __init__(self) -> None:
        self.watermark_ms: dict[str, int] = {}
        """Per topic: the event time up to which it is complete."""
        self.open_orders: int | None = None
        """Large orders tracked now; None before the first full second."""
        self.book_valid: bool | None = None
        self.is_book_published = False
        """Whether ingest has a book, by the newest depth record."""

    def note_record(
        self,
        topic: str,
        record: MarketRecord | MarketPulse,
        metrics: ShellMetrics,
    ) -> None:
        """Take note of a record that the engine was given."""
        if isinstance(record, BOOKS):
            self.is_book_published = True
        elif isinstance(record, Trades):
            self.watermark_ms[topic] = record.watermark
            return
        elif isinstance(record, OpenInterest):
            return  # Its place is pinned by trade packs: nothing waits for it.
        elif isinstance(record, BookReset):
            # Repeated each second while there is no book.
            metrics.book_resets += self.is_book_published
            self.is_book_published = False
        self.watermark_ms[topic] = record.event_time

    def note_signal(self, signal: Signal, metrics: ShellMetrics) -> None:
        """Take note of a signal of the engine."""
        if isinstance(signal, BookMetrics):
            self.open_orders = signal.open_orders
            self.book_valid = signal.is_valid
        elif isinstance(signal, FlowBar) and signal.interval_ms == SECOND_MS:
            metrics.late_trades += signal.late_trades
