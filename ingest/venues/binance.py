"""Shared by the Binance markets: connections, requests, replies and trades.

Sources:
https://developers.binance.com/docs/derivatives/usds-margined-futures/general-info
https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams
"""

from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Struct, field

from ingest.errors import UNREADABLE, FrameError
from ingest.venues.base import RestRequest, SequenceRule, StreamRoute
from ingest.venues.binance_frames import (
    AggTradeFrame,
    EntryName,
    Envelope,
    ExchangeInfoAnswer,
    PayloadHead,
    SymbolEntry,
    TradeFrame,
)
from ingest.venues.events import Event, Ignored, ParsedFrame, Reply, SkippedTrade, TradeUpdate
from ingest.venues.listing import BrokenListing, Listed, ListingPage
from schemas.market import TakerSide, Trade

MAX_STREAMS: Final = 200
"""Streams per connection; the venue documents 1,024 but drops large connections more often."""
MAX_CONNECTION_S: Final = 23.5 * 3600
"""The venue closes a connection after 24 h."""
WEIGHT_HEADER: Final = "X-MBX-USED-WEIGHT-1M"
"""Header: weight used in the current minute by this address."""
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
_exchange_info = msgspec.json.Decoder(ExchangeInfoAnswer)
_symbol_entry = msgspec.json.Decoder(SymbolEntry)
_entry_name = msgspec.json.Decoder(EntryName)


class Binance:
    """Base of a market's description, which adds routes, payloads and REST calls."""

    name: str
    sequence: SequenceRule
    routes: tuple[StreamRoute, ...]
    messages_per_s: int
    """Inbound limit of a connection, pings and pongs included."""
    depth_tells_time: bool
    max_connection_s: float = MAX_CONNECTION_S
    max_streams: int = MAX_STREAMS
    weight_header: str = WEIGHT_HEADER

    known_events: frozenset[str]
    """Payload types that are parsed; others are ignored."""
    time_path: str
    depth_path: str
    depth_weights: tuple[tuple[int, int], ...]
    """(largest limit, request weight) of GET depth."""

    def __init__(self, depth_kind: str, snapshot_limit: int) -> None:
        """`depth_kind`: suffix of a depth stream after `<symbol>@`."""
        self._depth_kind = depth_kind
        self._snapshot_limit = snapshot_limit

    def depth_stream(self, symbol: str) -> str:
        """`<s>@depth@<speed>`."""
        return f"{symbol.lower()}@{self._depth_kind}"

    def interest_stream(self, symbol: str) -> str:
        """`<s>@openInterest`, our own name: the venue has no such stream."""
        return f"{symbol.lower()}@openInterest"

    def subscription(self, streams: Sequence[str], request_id: int) -> str:
        """A SUBSCRIBE message."""
        return _request("SUBSCRIBE", streams, request_id)

    def unsubscription(self, streams: Sequence[str], request_id: int) -> str:
        """An UNSUBSCRIBE message."""
        return _request("UNSUBSCRIBE", streams, request_id)

    def parse(self, raw: bytes) -> ParsedFrame:
        """Parse a combined-stream frame or a reply. Raises FrameError."""
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
            return ParsedFrame(stream, event, stated_time)
        except UNREADABLE as error:
            what = self._unknown_event(data)
            if what:
                return ParsedFrame(stream, Ignored(what))
            raise FrameError(f"{stream}: {error}", stream) from None

    def parse_symbols(self, raw: bytes) -> ListingPage:
        """Parse GET exchangeInfo. Raises FrameError if no entry can be parsed."""
        try:
            answer = _exchange_info.decode(raw)
        except UNREADABLE as error:
            raise FrameError(f"exchangeInfo: {error}") from None
        listed: list[Listed] = []
        broken: list[BrokenListing] = []
        for part in answer.symbols:
            text = bytes(part)
            try:
                entry = _symbol_entry.decode(text)
            except UNREADABLE as error:
                broken.append(BrokenListing(_name_of(text), f"exchangeInfo: {error}", text))
                continue
            in_all, note = self._in_all(entry)
            if entry.status is None:
                note = "it has no status"
            listed.append(Listed(entry.symbol, entry.status or "", in_all, note))
        if broken and not listed:
            raise FrameError(f"{broken[0].reason}, and so are all {len(broken)} entries")
        return ListingPage(tuple(listed), tuple(broken))

    def depth_request(self, symbol: str) -> RestRequest:
        """GET depth; the weight depends on the number of levels."""
        limit = self._snapshot_limit
        weight = next(weight for largest, weight in self.depth_weights if limit <= largest)
        return RestRequest(self.depth_path, weight, {"symbol": symbol, "limit": str(limit)})

    def _event(self, stream: str, data: bytes) -> tuple[Event, int]:
        """Return a payload's event and its newest stated time, ms. Raises one of UNREADABLE."""
        raise NotImplementedError

    def _in_all(self, entry: SymbolEntry) -> tuple[bool, str]:
        """Return whether the watch list `all` includes the symbol, and the reason if its exclusion
        is unexpected for its contract type."""
        raise NotImplementedError

    def _unknown_event(self, data: bytes) -> str:
        """Return the type of a valid payload that is not used here, else an empty string."""
        try:
            event = _head.decode(data).event
        except UNREADABLE:
            return ""
        return "" if event in self.known_events else event


def trade_event(payload: AggTradeFrame | TradeFrame) -> tuple[Event, int]:
    """Return the trade of a payload and the newest time stated. Raises msgspec.ValidationError."""
    stated_time = max(payload.transaction_time, payload.sent_time)
    if isinstance(payload, TradeFrame) and payload.kind != "MARKET":
        # Insurance fund and auto-deleveraging; aggTrade excludes them as well.
        time = payload.transaction_time
        return SkippedTrade(payload.symbol, payload.trade_id, time), stated_time
    if payload.price <= 0 or payload.qty <= 0:
        raise msgspec.ValidationError("price and quantity of a trade must be above 0")
    # m: the buyer is the maker, hence the taker sells.
    taker = TakerSide.SELL if payload.maker_is_buyer else TakerSide.BUY
    trade = Trade(payload.trade_id, payload.transaction_time, payload.price, payload.qty, taker)
    return TradeUpdate(payload.symbol, trade), stated_time


def _name_of(entry: bytes) -> str:
    try:
        return _entry_name.decode(entry).symbol
    except UNREADABLE:
        return ""


def _check_levels(stream: str, data: bytes) -> None:
    """Raise FrameError for too many levels, one of UNREADABLE if it is not a payload."""
    levels = _levels.decode(data)
    size = len(bytes(levels.bids)) + len(bytes(levels.asks))
    if size > MAX_LEVELS_BYTES:
        raise FrameError(f"{stream}: {size} bytes of levels are too many", stream)


def _request(method: str, streams: Sequence[str], request_id: int) -> str:
    message = {"method": method, "params": list(streams), "id": request_id}
    return msgspec.json.encode(message).decode()


def _reply(envelope: Envelope) -> Reply:
    """Return the reply in an envelope without a stream. Raises FrameError."""
    if envelope.error is not None:
        error = f"{envelope.error.message} (code {envelope.error.code})"
    elif bytes(envelope.result) or envelope.id is not None:
        error = ""
    else:
        raise FrameError("neither a stream's frame nor a reply")
    return Reply(envelope.id if isinstance(envelope.id, int) else None, error)
