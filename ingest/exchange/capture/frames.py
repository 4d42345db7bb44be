"""What a captured line is: a stream's frame, a REST depth snapshot, or nothing known."""

import re
from dataclasses import dataclass

import msgspec

Level = tuple[str, str]
"""(price, quantity) as the venue wrote them."""


class Diff(msgspec.Struct, frozen=True):
    """A depthUpdate of the venue."""

    event_ms: int = msgspec.field(name="E")
    transaction_ms: int = msgspec.field(name="T")
    symbol: str = msgspec.field(name="s")
    first_id: int = msgspec.field(name="U")
    last_id: int = msgspec.field(name="u")
    prev_id: int = msgspec.field(name="pu")
    bids: list[Level] = msgspec.field(name="b")
    asks: list[Level] = msgspec.field(name="a")


class Snapshot(msgspec.Struct, frozen=True, omit_defaults=True):
    """A REST depth answer of the venue."""

    last_id: int = msgspec.field(name="lastUpdateId")
    event_ms: int = msgspec.field(name="E")
    transaction_ms: int = msgspec.field(name="T")
    bids: list[Level]
    asks: list[Level]
    symbol: str = ""
    """Not in the venue's answer; wallwatch's recorder adds it."""


class Head(msgspec.Struct, frozen=True):
    """What every stream's payload may state about itself."""

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
class Frame:
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
        """Whether it is a diff of the book."""
        return self.kind.partition("@")[0] == "depth"


@dataclass(frozen=True, slots=True)
class Malformed:
    """A line that cannot be read."""

    stream: str
    """The stream that its readable part names, or empty."""


_line_decoder = msgspec.json.Decoder(_Line)
_diff_decoder = msgspec.json.Decoder(Diff)
_snapshot_decoder = msgspec.json.Decoder(Snapshot)
_head_decoder = msgspec.json.Decoder(Head)
_FRAME_START = re.compile(rb'\{"stream":"([a-z0-9_]+@[a-zA-Z0-9_@]+)","data":')
_STREAM_NAME = re.compile(rb'"stream"\s*:\s*"([a-zA-Z0-9_]+@[a-zA-Z0-9_@]+)"')


def parse_line(payload: bytes) -> Frame | Snapshot | Malformed:
    """Tell what a captured line is. Never raises."""
    try:
        line = _line_decoder.decode(payload)
        if line.stream and line.data:
            return Frame(line.stream, bytes(line.data))
        if line.last_id is not None:
            return _checked_snapshot(_snapshot_decoder.decode(payload))
    except (msgspec.DecodeError, ValueError):
        named = _STREAM_NAME.search(payload)
        return Malformed(named.group(1).decode() if named else "")
    return Malformed("")


def known_frame(payload: bytes) -> Frame | None:
    """Return the stream of a line that starts like a frame, without its data and unchecked.

    Many times faster than `parse_line`.
    """
    named = _FRAME_START.match(payload)
    return Frame(named.group(1).decode(), b"") if named else None


def parse_diff(data: bytes) -> Diff | None:
    """Return the depth diff of a frame, None if the payload is not one."""
    try:
        return _checked_diff(_diff_decoder.decode(data))
    except (msgspec.DecodeError, ValueError):
        return None


def limited(payload: bytes, limit: int) -> bytes:
    """Return a captured snapshot with at most `limit` levels a side, as it is if it has no more."""
    snapshot = _snapshot_decoder.decode(payload)
    if max(len(snapshot.bids), len(snapshot.asks)) <= limit:
        return payload
    return msgspec.json.encode(
        msgspec.structs.replace(snapshot, bids=snapshot.bids[:limit], asks=snapshot.asks[:limit])
    )


def parse_head(data: bytes) -> Head:
    """Return what a payload states about itself; empty fields where it cannot be read."""
    try:
        return _head_decoder.decode(data)
    except (msgspec.DecodeError, ValueError):
        return Head()


def _checked_snapshot(snapshot: Snapshot) -> Snapshot:
    _check_levels(snapshot.bids)
    _check_levels(snapshot.asks)
    return snapshot


def _checked_diff(diff: Diff) -> Diff:
    _check_levels(diff.bids)
    _check_levels(diff.asks)
    return diff


def _check_levels(levels: list[Level]) -> None:
    """Raise ValueError for a figure that is no number."""
    for price, qty in levels:
        float(price)
        float(qty)
