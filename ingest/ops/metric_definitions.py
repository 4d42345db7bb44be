"""All metrics of ingest: name, type, labels and help text."""

from typing import Final

from schemas.loop_lag import gc_pause_metric, loop_lag_metric
from schemas.metrics import Metric, Namespace

_OWN: Final = Namespace("wallwatch_ingest")

FRAMES: Final = _OWN.counter("frames", "Frames by kind; `malformed`: unparsable.", "kind")
BYTES: Final = _OWN.counter("received_bytes", "Bytes of processed frames.")
RECORDS: Final = _OWN.counter("records", "Records queued for a topic.", "topic")
RECORDS_LOST: Final = _OWN.counter(
    "records_lost", "Records dropped: outbox full or larger than the broker's record limit."
)
LOST_BY_BROKER: Final = _OWN.counter(
    "records_lost_by_broker", "Acknowledged records that the broker has lost."
)
DIFFS: Final = _OWN.counter("diffs_applied", "Depth updates published.")
GAPS: Final = _OWN.counter("gaps", "Sequence gaps in depth updates.")
RESYNCS: Final = _OWN.counter("resyncs", "Snapshots requested because a book was lost.")
SNAPSHOTS_REFUSED: Final = _OWN.counter(
    "snapshots_refused", "Snapshots that did not connect to the buffered updates."
)
TOO_LARGE: Final = _OWN.counter(
    "depth_too_large", "Depth updates larger than the record size limit."
)
DEPTH_SILENCES: Final = _OWN.counter(
    "depth_silences", "Books invalidated because depth was silent while trades went on."
)
CONTRADICTIONS: Final = _OWN.counter(
    "book_contradictions",
    "Updates and snapshots after which a book was crossed, locked, duplicated or far from mark.",
)
DEPTH_LOST: Final = _OWN.counter(
    "depth_records_lost", "Depth records and frames that were dropped."
)
TRADES_LOST: Final = _OWN.counter("trades_lost", "Trades dropped under backpressure.")
TRADES_LATE: Final = _OWN.counter("late_trades", "Trades behind a published watermark.")
TRADES_UNSOUND: Final = _OWN.counter(
    "unsound_trade_ranges", "Times that trades were missing or late, or stalled unusually long."
)
REPEATED: Final = _OWN.counter("repeated_trades", "Duplicate trades dropped.")
TIMES_AHEAD: Final = _OWN.counter(
    "times_ahead",
    "Frames, snapshots and polls dead-lettered because their time is ahead of the clock.",
)
SILENCE_ALARMS: Final = _OWN.counter("silence_alarms", "Streams that became silent.")
RECONNECTS: Final = _OWN.counter("reconnects", "Connections that ended before they were replaced.")
ROTATIONS: Final = _OWN.counter("rotations", "Connections replaced before they ended.")
REST_REFUSALS: Final = _OWN.counter(
    "rest_refusals", "Answers 403, 429 and 418 of the venue.", "status"
)
PRODUCER_REBUILDS: Final = _OWN.counter(
    "producer_rebuilds", "Kafka producers that failed fatally and were replaced."
)

SYMBOLS: Final = _OWN.gauge("symbols", "Symbols that are followed.")
SYMBOLS_WAITING: Final = _OWN.gauge(
    "symbols_waiting", "Symbols of the watch list that do not trade or cannot be followed."
)
SYMBOLS_UNVALUED: Final = _OWN.gauge(
    "symbols_unvalued", "Symbols whose quote has no known value in USD."
)
BOOKS_WAITING: Final = _OWN.gauge("books_waiting", "Symbols without a valid book.")
STREAMS: Final = _OWN.gauge("streams", "Streams by state; `unheard`: no frame yet.", "state")
STREAM_STATE: Final = _OWN.gauge(
    "stream_state", "1: the state that a stream is in.", "stream", "state"
)
CONNECTED: Final = _OWN.gauge(
    "connected", "1: open, and all subscriptions are confirmed.", "connection"
)
WEIGHT: Final = _OWN.gauge(
    "rest_weight_1m", "REST weight of the last 60 s, including other users of the address."
)
WEIGHT_PEAK: Final = _OWN.gauge("rest_weight_1m_max", "Largest REST weight of any 60 s.")
CIRCUIT: Final = _OWN.gauge(
    "rest_closed_seconds", "Seconds until the next REST request may be sent."
)
OUTBOX_BYTES: Final = _OWN.gauge("outbox_bytes", "Memory of unacknowledged records.")
OUTBOX_RECORDS: Final = _OWN.gauge("outbox_records", "Unacknowledged records.")
BROKER_BEHIND: Final = _OWN.gauge(
    "broker_behind_seconds", "Age of the oldest unacknowledged record."
)
RSS: Final = _OWN.gauge("rss_bytes", "Resident memory of the process.")

LATENCY: Final = _OWN.histogram(
    "publish_seconds",
    "Time from queueing a record to the broker's acknowledgement.",
    (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0, 300.0),
)
LOOP_LAG: Final = loop_lag_metric(_OWN)
GC_PAUSE: Final = gc_pause_metric(_OWN)

ALL_METRICS: Final = tuple(value for value in list(globals().values()) if isinstance(value, Metric))
