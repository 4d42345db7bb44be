"""A raw record kept beside the signals, for those who want the market itself in SQL."""

from schemas.record import Record


class RawHead(Record):
    """What every raw record tells about itself, whatever else it holds."""

    received_us: int
    """Local receive time, microseconds since the epoch."""


class RawRecord(RawHead):
    """A record of `market.depth` or `market.trades` as it stands in the log."""

    topic: str
    partition: int
    offset: int
    value: str
    """The record's JSON, to the letter."""
