"""Binance: what the frames of its markets have in common.

A frame of a combined stream is `{"stream","data"}`, an answer `{"result","id"}` or
`{"error","id"}`. Sources:
https://developers.binance.com/docs/derivatives/usds-margined-futures/websocket-market-streams
https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams
"""

from typing import Any, Final

import msgspec
from msgspec import UNSET, Struct, field

from ingest.errors import UNREADABLE, FrameError
from ingest.venues.base import SequenceRule
from ingest.venues.binance.frames import Envelope, PayloadHead
from ingest.venues.binance.rest import BinanceRest
from ingest.venues.binance.streams import BinanceStreams
from ingest.venues.events import BookSnapshot, PolledInterest
from ingest.venues.parsed import Event, Ignored, ParsedFrame, Reply, check_owner

MAX_LEVELS_BYTES: Final = 3_000_000
"""Limit of one frame's levels text, bytes: some 130,000; a volatile second has a few thousand.
Refused before parsing, which would create a million objects and fragment memory."""


class _LevelsText(Struct):
    """The unparsed levels of a depth payload."""

    bids: msgspec.Raw = field(name="b", default=msgspec.Raw())
    asks: msgspec.Raw = field(name="a", default=msgspec.Raw())


_levels = msgspec.json.Decoder(_LevelsText)
_envelope = msgspec.json.Decoder(Envelope)
_head = msgspec.json.Decoder(PayloadHead)


class Binance(BinanceStreams, BinanceRest):
    """Base of a market's description, which adds routes, payloads and paths."""

    sequence: SequenceRule
    whole: msgspec.json.Decoder[Any]
    """Of a `WholeFrame` of the market's payloads: most frames are decoded at once by it."""
    known_events: frozenset[str]
    """Payload types that are parsed; others are ignored."""

    def parse(self, raw: bytes) -> ParsedFrame:
        """Parse a combined-stream frame or a reply. Raises FrameError."""
        try:
            if len(raw) > MAX_LEVELS_BYTES:
                return self.parse_in_steps(raw)
            frame = self.whole.decode(raw)
            if not frame.stream or frame.id is not UNSET or frame.error is not UNSET:
                return self.parse_in_steps(raw)
            event, stated_time = self._event_of(frame.data)
            check_owner(event, frame.stream, self.symbol_of(frame.stream))
        except UNREADABLE:
            # An answer, another kind of frame, or a fault, which is found out and told there.
            return self.parse_in_steps(raw)
        return tuple.__new__(ParsedFrame, (frame.stream, event, stated_time))

    def parse_in_steps(self, raw: bytes) -> ParsedFrame:
        """Parse the envelope first, so that a fault of the payload is told with its stream."""
        try:
            envelope = _envelope.decode(raw)
        except UNREADABLE as error:
            raise FrameError(f"not a frame: {error}") from None
        stream = envelope.stream
        if not stream:
            return ParsedFrame("", _reply(envelope))
        data = bytes(envelope.data)
        try:
            if len(data) > MAX_LEVELS_BYTES:
                _check_levels(stream, data)
            event, stated_time = self._event(stream, data)
            check_owner(event, stream, self.symbol_of(stream))
            return ParsedFrame(stream, event, stated_time)
        except UNREADABLE as error:
            what = self._unknown_event(data)
            if what:
                return ParsedFrame(stream, Ignored(what))
            raise FrameError(f"{stream}: {error}", stream) from None

    def parse_snapshot(self, raw: bytes, symbol: str = "") -> BookSnapshot:
        """Parse GET depth. Raises FrameError."""
        raise NotImplementedError

    def parse_interest(self, raw: bytes) -> PolledInterest:
        """Parse GET openInterest. Raises FrameError."""
        raise NotImplementedError

    def _event(self, stream: str, data: bytes) -> tuple[Event, int]:
        """Return a payload's event and its newest stated time, ms. Raises one of UNREADABLE."""
        raise NotImplementedError

    def _event_of(self, payload: Any) -> tuple[Event, int]:
        """Return the same of a payload that was decoded with its frame."""
        raise NotImplementedError

    def _unknown_event(self, data: bytes) -> str:
        """Return the type of a valid payload that is not used here, else an empty string."""
        try:
            event = _head.decode(data).event
        except UNREADABLE:
            return ""
        return "" if event in self.known_events else event


def _check_levels(stream: str, data: bytes) -> None:
    """Raise FrameError for too many levels, one of UNREADABLE if it is not a payload."""
    levels = _levels.decode(data)
    size = len(bytes(levels.bids)) + len(bytes(levels.asks))
    if size > MAX_LEVELS_BYTES:
        raise FrameError(f"{stream}: {size} bytes of levels are too many", stream)


def _reply(envelope: Envelope) -> Reply:
    """Return the reply in an envelope without a stream. Raises FrameError."""
    if envelope.error is not None:
        error = f"{envelope.error.message} (code {envelope.error.code})"
    elif bytes(envelope.result) or envelope.id is not None:
        error = ""
    else:
        raise FrameError("neither a stream's frame nor a reply")
    return Reply(envelope.id if isinstance(envelope.id, int) else None, error)
