"""Every metric of the worker, once: its name, kind, labels and meaning."""

from typing import Final

from schemas.loop_lag import gc_pause_metric, loop_lag_metric
from schemas.metrics import Metric, Namespace

_OWN: Final = Namespace("wallwatch_worker")

RECORDS: Final = _OWN.counter("records", "Records passed to the engines.", "topic")
SIGNALS: Final = _OWN.counter(
    "signals", "Signals emitted, repeats after a crash included.", "topic"
)
STORED: Final = _OWN.counter("stored_records", "Records added to the store's batches.", "topic")
ROWS: Final = _OWN.counter("rows", "Rows written to ClickHouse, repeats included.", "view")
# Of both halves: `engine` reads the market topics, `store` the topics that ClickHouse keeps.
DUPLICATES: Final = _OWN.counter(
    "duplicates_skipped", "Records delivered again and skipped.", "half"
)
GAPS: Final = _OWN.counter(
    "gaps", "Deliveries beyond the expected offset; the consumer seeks back.", "half"
)
LOST: Final = _OWN.counter(
    "lost_records", "Records deleted by retention before they were read.", "half"
)
SHRUNKEN: Final = _OWN.counter(
    "shrunken_logs", "Times a partition's log ended before the position already read.", "half"
)
STALLS: Final = _OWN.counter("stalls", "Times a partition stalled and was read again.", "half")
DEAD_LETTERS: Final = _OWN.counter("dead_letters", "Records that could not be processed.", "half")
REWINDS: Final = _OWN.counter("rewinds", "Rewinds to the last checkpoint.")
CHECKPOINTS: Final = _OWN.counter("checkpoints", "Checkpoints written.")
BOOK_RESETS: Final = _OWN.counter("book_resets", "Books that became invalid.")
LATE_TRADES: Final = _OWN.counter("late_trades", "Trades behind a stated watermark.")
REPEATED_TRADES: Final = _OWN.counter("repeated_trades", "Trades that came again and were skipped.")
FAULTED: Final = _OWN.counter("faulted_records", "Records of stopped symbols that were skipped.")
CROWDED_OUT: Final = _OWN.counter(
    "crowded_out_records", "Records of symbols beyond worker.max_symbols."
)
STORE_RETRIES: Final = _OWN.counter(
    "store_retries", "Writes to ClickHouse that failed and were retried."
)

PARTITIONS: Final = _OWN.gauge("partitions", "Topic partitions that this worker reads.", "half")
LAG: Final = _OWN.gauge("lag_records", "Records not yet read, or not yet stored.", "half", "topic")
WAITING: Final = _OWN.gauge(
    "waiting_records", "Records held back until another stream catches up.", "topic"
)
WATERMARK_DELAY: Final = _OWN.gauge(
    "watermark_delay_seconds",
    "Clock time minus the event time up to which all streams are complete.",
    "symbol",
    "topic",
)
SYMBOLS: Final = _OWN.gauge("symbols", "Symbols with an engine on this worker.")
SYMBOLS_STOPPED: Final = _OWN.gauge("symbols_stopped", "Symbols whose engine failed.")
BOOKS_INVALID: Final = _OWN.gauge("books_invalid", "Symbols whose book waits for a snapshot.")
OPEN_ORDERS: Final = _OWN.gauge("open_orders", "Large orders currently tracked.", "symbol")
UNACKNOWLEDGED: Final = _OWN.gauge("unacknowledged", "Signals not yet acknowledged by the broker.")
CHECKPOINT_AGE: Final = _OWN.gauge("checkpoint_age_seconds", "Time since the last checkpoint.")
STATE_BYTES: Final = _OWN.gauge("largest_state_bytes", "Largest state value written so far.")
STORE_UNWRITTEN: Final = _OWN.gauge("store_unwritten_rows", "Rows waiting for ClickHouse.")
STORE_FAILING: Final = _OWN.gauge("store_failing", "1: the last write to ClickHouse failed.")
RSS: Final = _OWN.gauge("rss_bytes", "Resident memory of the process.")

SIGNAL_LATENCY: Final = _OWN.histogram(
    "signal_seconds", "Time from receipt of a venue's frame to the signal derived from it."
)
STORE_LATENCY: Final = _OWN.histogram(
    "store_write_seconds", "Time to write one batch with its offsets."
)
LOOP_LAG: Final = loop_lag_metric(_OWN)
GC_PAUSE: Final = gc_pause_metric(_OWN)

ALL_METRICS: Final = tuple(value for value in list(globals().values()) if isinstance(value, Metric))
