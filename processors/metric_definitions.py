"""Every metric of the worker, once: its name, kind, labels and meaning."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """How a metric behaves."""

    COUNTER = "counter"
    """Only grows; the name on the wire ends with `_total`."""
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()


def _counter(name: str, text: str, *labels: str) -> Metric:
    return Metric(f"wallwatch_worker_{name}", Kind.COUNTER, text, labels)


def _gauge(name: str, text: str, *labels: str) -> Metric:
    return Metric(f"wallwatch_worker_{name}", Kind.GAUGE, text, labels)


def _histogram(name: str, text: str) -> Metric:
    return Metric(f"wallwatch_worker_{name}", Kind.HISTOGRAM, text)


RECORDS: Final = _counter("records", "Records that the engines were given.", "topic")
SIGNALS: Final = _counter("signals", "Signals emitted; made again after a crash.", "topic")
STORED: Final = _counter("stored_records", "Records handed to the store's batches.", "topic")
ROWS: Final = _counter("rows", "Rows written to ClickHouse, repeats included.", "view")
# Of both halves: `engine` reads the market topics, `store` the topics that ClickHouse keeps.
DUPLICATES: Final = _counter(
    "duplicates_skipped", "Records delivered again that were applied before.", "half"
)
GAPS: Final = _counter("gaps", "Deliveries behind the expected offset, read again.", "half")
LOST: Final = _counter("lost_records", "Records that retention deleted before reading.", "half")
SHRUNKEN: Final = _counter(
    "shrunken_logs", "Partitions whose log ended before what was read of it.", "half"
)
STALLS: Final = _counter("stalls", "Partitions that stood still and were read again.", "half")
DEAD_LETTERS: Final = _counter("dead_letters", "Records that could not be used.", "half")
REWINDS: Final = _counter("rewinds", "Returns to the last checkpoint.")
CHECKPOINTS: Final = _counter("checkpoints", "Checkpoints written.")
BOOK_RESETS: Final = _counter("book_resets", "Books that became invalid.")
LATE_TRADES: Final = _counter("late_trades", "Trades behind a stated watermark.")
FAULTED: Final = _counter("faulted_records", "Records of stopped symbols that were passed over.")
STORE_RETRIES: Final = _counter("store_retries", "Writes that ClickHouse did not take at once.")

PARTITIONS: Final = _gauge("partitions", "Topic partitions that this worker reads.", "half")
LAG: Final = _gauge("lag_records", "Records not yet read, or not yet stored.", "half", "topic")
WAITING: Final = _gauge("waiting_records", "Records that wait for another stream.", "topic")
WATERMARK_DELAY: Final = _gauge(
    "watermark_delay_seconds", "Now less the event time that is complete.", "symbol", "topic"
)
SYMBOLS: Final = _gauge("symbols", "Symbols with an engine here.")
SYMBOLS_STOPPED: Final = _gauge("symbols_stopped", "Symbols whose engine failed.")
BOOKS_INVALID: Final = _gauge("books_invalid", "Symbols whose book waits for a snapshot.")
OPEN_ORDERS: Final = _gauge("open_orders", "Large orders tracked now.", "symbol")
UNACKNOWLEDGED: Final = _gauge("unacknowledged", "Signals that the broker has not taken.")
CHECKPOINT_AGE: Final = _gauge("checkpoint_age_seconds", "Time since the last checkpoint.")
STATE_BYTES: Final = _gauge("largest_state_bytes", "Largest state value written so far.")
STORE_UNWRITTEN: Final = _gauge("store_unwritten_rows", "Rows that wait for ClickHouse.")
STORE_FAILING: Final = _gauge("store_failing", "1: ClickHouse did not take the last write.")
RSS: Final = _gauge("rss_bytes", "Resident memory of the process.")

SIGNAL_LATENCY: Final = _histogram(
    "signal_seconds", "From the receipt of a venue's frame to the signal that follows from it."
)
STORE_LATENCY: Final = _histogram("store_write_seconds", "Writing one batch with its positions.")
LOOP_LAG: Final = _histogram(
    "loop_lag_seconds", "How late the event loop wakes up who asked to be woken."
)

ALL_METRICS: Final = tuple(value for value in list(globals().values()) if isinstance(value, Metric))
