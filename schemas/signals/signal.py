"""What every derived signal has in common."""

from typing import ClassVar

from schemas.record import Record


class Signal(Record):
    """A derived value with a stable identity and a table of its own."""

    table: ClassVar[str]
    """ClickHouse view that people read; rows are written to `<table>_rows`."""

    event_id: str
    event_time: int
    received_us: int
    """Receive time of the frame that led to the signal; the only field outside the comparison of
    two runs over the same market data."""
