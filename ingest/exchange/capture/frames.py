"""Parses a captured line: a stream frame, a REST depth snapshot, or malformed."""

import re
from dataclasses import dataclass
from math import inf

import msgspec

from ingest.exchange.dialect import Dialect

Level = tuple[str, str]
"""(price, quantity) as the venue wrote them."""


class Diff(msgspec.Struct, frozen=True):
    """A depthUpdate of the venue."""

    event_ms: int = msgspec.field(name="E")
    symbol: str = msgspec.field(name="s")
    first_id: int = msgspec.field(name="U")
    last_id: int = msgspec.field(name="u")
    bids: list[Level] = msgspec.field(name="b")
    asks: list[Level] = msgspec.field(name="a")
    transaction_ms: int = msgspec.field(name="T", default=0)
    """0: not stated."""
    stated_prev_id: int | None = msgspec.field(name="pu", default=None)

    @property
    def prev_id(self) -> int:
        """Last id of the previous update; markets without `pu` number updates without holes."""
        return self.first_id - 1 if self.stated_prev_id is None else self.stated_prev_id


class CapturedSnapshot(msgspec.Struct, frozen=True, omit_defaults=True):
    """A REST depth answer of the venue."""

    last_id: int = msgspec.field(name="lastUpdateId")
    bids: list[Level]
    asks: list[Level]
    event_ms: int = msgspec.field(name="E", default=0)
    """0: not stated; the same for the next field."""
    transaction_ms: int = msgspec.field(name="T", default=0)
    symbol: str = ""
    """Not in the venue's answer; wallwatch's recorder adds it."""


class Head(msgspec.Struct, frozen=True):
    """The header fields that any stream's payload may carry."""

    kind: str = msgspec.field(name="e", default="")
    symbol: str = msgspec.field(name="s", default="")
    event_ms: int = msgspec.field(name="E", default=0)
    price: str = msgspec.field(name="p", default="")
    qty: str = msgspec.field(name="q", default="")


class _Line(msgspec.Struct):
    stream: str = ""
    data: msgspec.Raw = msgspec.Raw(b"")
    last_id: int | None = msgspec.field(name="lastUpdateId", default=None)


@dataclass(frozen=True, slots=True)
class CapturedFrame:
    """A frame of a combined stream."""

    stream: str
    """Name under which it was captured."""
    data: bytes
    """The payload, byte for byte."""

    @property
    def symbol(self) -> str:
        """Upper-case symbol of the stream."""
        return self.stream.partition("@")[0].upper()

    @property
    def kind(self) -> str:
        """What follows the symbol, for example `depth@100ms`."""
        return self.stream.partition("@")[2]

    @property
    def is_depth(self) -> bool:
        """Whether it is a depth diff."""
        return self.kind.partition("@")[0] == "depth"


@dataclass(frozen=True, slots=True)
class Malformed:
    """A line that cannot be parsed."""

    stream: str
    """The stream name if it could be parsed, or empty."""


_line_decoder = msgspec.json.Decoder(_Line)
_diff_decoder = msgspec.json.Decoder(Diff)
_snapshot_decoder = msgspec.json.Decoder(CapturedSnapshot)
_head_decoder = msgspec.json.Decoder(Head)
_FRAME_START = re.compile(rb'\{"stream":"([a-z0-9_]+@[a-zA-Z0-9_@]+)","data":')
_STREAM_NAME = re.compile(rb'"stream"\s*:\s*"([a-zA-Z0-9_]+@[a-zA-Z0-9_@]+)"')


def parse_line(payload: bytes, dialect: Dialect) -> CapturedFrame | CapturedSnapshot | Malformed:
    """Classify a captured line. Never raises."""
    try:
        line = _line_decoder.decode(payload)
        if line.stream and line.data:
            return CapturedFrame(line.stream, bytes(line.data))
        if line.last_id is not None:
            return _checked_snapshot(_snapshot_decoder.decode(payload), dialect)
    except (msgspec.DecodeError, ValueError):
        named = _STREAM_NAME.search(payload)
        return Malformed(named.group(1).decode() if named else "")
    return Malformed("")


def known_frame(payload: bytes) -> CapturedFrame | None:
    """Return the stream of a line that starts like a frame, without parsing or checking its data.

    Many times faster than `parse_line`.
    """
    named = _FRAME_START.match(payload)
    return CapturedFrame(named.group(1).decode(), b"") if named else None


def parse_diff(data: bytes, dialect: Dialect) -> Diff | None:
    """Return the depth diff of a frame, None if the payload is not one of this market."""
    try:
        return _checked_diff(_diff_decoder.decode(data), dialect)
    except (msgspec.DecodeError, ValueError):
        return None


def limited(payload: bytes, limit: int) -> bytes:
    """Return a captured snapshot with at most `limit` levels a side, byte for byte if it fits."""
    snapshot = _snapshot_decoder.decode(payload)
    if max(len(snapshot.bids), len(snapshot.asks)) <= limit:
        return payload
    return msgspec.json.encode(
        msgspec.structs.replace(snapshot, bids=snapshot.bids[:limit], asks=snapshot.asks[:limit])
    )


def parse_head(data: bytes) -> Head:
    """Return a payload's header fields; empty where they cannot be parsed."""
    try:
        return _head_decoder.decode(data)
    except (msgspec.DecodeError, ValueError):
        return Head()


def _checked_snapshot(snapshot: CapturedSnapshot, dialect: Dialect) -> CapturedSnapshot:
    if dialect.has_field("snapshot", "T") and not (snapshot.event_ms and snapshot.transaction_ms):
        raise ValueError("a snapshot without its times")
    _check_levels(snapshot.bids)
    _check_levels(snapshot.asks)
    return snapshot


def _checked_diff(diff: Diff, dialect: Dialect) -> Diff:
    if (diff.stated_prev_id is None) is dialect.has_holes:
        raise ValueError("update ids do not follow this market's numbering")
    if dialect.has_field("depthUpdate", "T") and not diff.transaction_ms:
        raise ValueError("an update without its time")
    _check_levels(diff.bids)
    _check_levels(diff.asks)
    return diff


def _check_levels(levels: list[Level]) -> None:
    """Raise ValueError for a price or quantity that no book may hold."""
    for price, qty in levels:
        if not (0 < float(price) < inf and 0 <= float(qty) < inf):
            raise ValueError(f"level {price} x {qty}")
