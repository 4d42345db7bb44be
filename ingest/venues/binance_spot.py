"""Binance spot, described.

Source: the venue's WebSocket and REST documentation. One kind of connection carries everything.
Updates state `U` and `u` and no predecessor; depth frames state only the time at which they were
sent; there is no open interest and no mark price.
"""

from collections.abc import Sequence
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct, field

from ingest.errors import FrameError
from ingest.venues.base import (
    DepthUpdate,
    Frame,
    Ignored,
    Listed,
    PolledInterest,
    RestRequest,
    Route,
    Snapshot,
    TopOfBook,
)
from ingest.venues.binance_frames import (
    AggTradeFrame,
    Envelope,
    ExchangeInfoAnswer,
    Id,
    Levels,
    PayloadHead,
    Quantity,
    Symbol,
    TimeMs,
    TradeFrame,
)
from ingest.venues.binance_parts import envelope_reply, request_message, trade_event
from schemas.settings import IngestSettings

NAME: Final = "binance_spot"
MAX_STREAMS: Final = 200
"""Streams a connection; the venue documents 1,024."""
MAX_CONNECTION_S: Final = 23.5 * 3600
"""The venue closes a connection after 24 h."""
MESSAGES_PER_S: Final = 5
"""Inbound limit of a connection, pings and pongs included."""
DEPTH_WEIGHTS: Final = ((100, 5), (500, 25), (1_000, 50), (5_000, 250))
"""(largest limit, request weight) of GET depth."""
EXCHANGE_INFO_WEIGHT: Final = 20


class SpotDepthFrame(Struct, tag_field="e", tag="depthUpdate", gc=False):
    """`<s>@depth@100ms`."""

    sent_time: TimeMs = field(name="E")
    symbol: Symbol = field(name="s")
    first_id: Annotated[int, Meta(ge=1)] = field(name="U")
    last_id: Id = field(name="u")
    bids: Levels = field(name="b")
    asks: Levels = field(name="a")


class SpotTickerFrame(Struct, gc=False):
    """`<s>@bookTicker`; the only payload that states neither type nor time."""

    update_id: Id = field(name="u")
    symbol: Symbol = field(name="s")
    bid: Quantity = field(name="b")
    bid_qty: Quantity = field(name="B")
    ask: Quantity = field(name="a")
    ask_qty: Quantity = field(name="A")


class SpotDepthAnswer(Struct):
    """GET /api/v3/depth; states no time. `symbol` is added by recordings of several symbols."""

    last_id: Id = field(name="lastUpdateId")
    bids: Levels
    asks: Levels
    symbol: str = ""


_envelope = msgspec.json.Decoder(Envelope)
_payload = msgspec.json.Decoder(SpotDepthFrame | AggTradeFrame | TradeFrame, strict=False)
_ticker = msgspec.json.Decoder(SpotTickerFrame, strict=False)
_head = msgspec.json.Decoder(PayloadHead)
_depth_answer = msgspec.json.Decoder(SpotDepthAnswer, strict=False)
_exchange_info = msgspec.json.Decoder(ExchangeInfoAnswer)
_KNOWN_EVENTS: Final = frozenset({"depthUpdate", "aggTrade", "trade"})


class SpotSequence:
    """`U` first and `u` last id of an update; ids have no holes."""

    def is_stale(self, snapshot_id: int, update: DepthUpdate) -> bool:
        """`u <= lastUpdateId`."""
        return update.last_id <= snapshot_id

    def bridges(self, snapshot_id: int, update: DepthUpdate) -> bool:
        """`U <= lastUpdateId + 1 <= u`."""
        return update.first_id <= snapshot_id + 1 <= update.last_id

    def follows(self, previous_id: int, update: DepthUpdate) -> bool:
        """`U` is the `u` before plus 1."""
        return update.first_id == previous_id + 1


class BinanceSpot:
    """Binance spot at the addresses of the settings."""

    def __init__(self, settings: IngestSettings) -> None:
        # The venue knows `depth` (1,000 ms) and `depth@100ms`.
        self._depth_kind = "depth@100ms"
        self._snapshot_limit = settings.snapshot_limit or DEPTH_WEIGHTS[-1][0]
        ticker = ("bookTicker",) if settings.book_ticker else ()
        root = settings.websocket_url.rstrip("/")
        kinds = (self._depth_kind, "aggTrade", *ticker)
        self.routes = (Route("spot", f"{root}/stream", kinds, True, True),)
        self.sequence = SpotSequence()

    @property
    def name(self) -> str:
        """`binance_spot`."""
        return NAME

    @property
    def weight_header(self) -> str:
        """Weight used in the running minute by this address."""
        return "X-MBX-USED-WEIGHT-1M"

    @property
    def max_connection_s(self) -> float:
        """Half an hour before the venue's limit."""
        return MAX_CONNECTION_S

    @property
    def max_streams(self) -> int:
        """A fifth of what the venue documents."""
        return MAX_STREAMS

    @property
    def messages_per_s(self) -> int:
        """5."""
        return MESSAGES_PER_S

    @property
    def depth_tells_time(self) -> bool:
        """Depth and trades come on one connection."""
        return True

    def depth_stream(self, symbol: str) -> str:
        """`<s>@depth@100ms`."""
        return f"{symbol.lower()}@{self._depth_kind}"

    def interest_stream(self, symbol: str) -> str:
        """`<s>@openInterest`; never used."""
        return f"{symbol.lower()}@openInterest"

    def subscription(self, streams: Sequence[str], request_id: int) -> str:
        """A SUBSCRIBE message."""
        return request_message("SUBSCRIBE", streams, request_id)

    def unsubscription(self, streams: Sequence[str], request_id: int) -> str:
        """An UNSUBSCRIBE message."""
        return request_message("UNSUBSCRIBE", streams, request_id)

    def parse(self, raw: bytes) -> Frame:
        """Read a combined-stream frame or a reply. Raises FrameError."""
        try:
            envelope = _envelope.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise FrameError(f"not a frame: {error}") from None
        stream = envelope.stream
        if not stream:
            return Frame("", envelope_reply(envelope))
        data = bytes(envelope.data)
        try:
            if stream.endswith("@bookTicker"):
                return Frame(stream, _top(_ticker.decode(data)))
            payload = _payload.decode(data)
            if isinstance(payload, SpotDepthFrame):
                return Frame(stream, _update(payload))
            return Frame(stream, trade_event(payload))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            what = _unknown_event(data)
            if what:
                return Frame(stream, Ignored(what))
            raise FrameError(f"{stream}: {error}") from None

    def parse_snapshot(self, raw: bytes, symbol: str = "") -> Snapshot:
        """Read GET depth; its time is that of the updates around it. Raises FrameError."""
        try:
            answer = _depth_answer.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise FrameError(f"depth snapshot: {error}") from None
        return Snapshot(symbol or answer.symbol, 0, answer.last_id, answer.bids, answer.asks)

    def parse_interest(self, raw: bytes) -> PolledInterest:
        """Raises FrameError: spot has no open interest."""
        raise FrameError("spot has no open interest")

    def parse_symbols(self, raw: bytes) -> tuple[Listed, ...]:
        """Read GET exchangeInfo; `all` means the pairs in USDT. Raises FrameError."""
        try:
            answer = _exchange_info.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise FrameError(f"exchangeInfo: {error}") from None
        return tuple(
            Listed(entry.symbol, entry.quote == "USDT")
            for entry in answer.symbols
            if entry.status == "TRADING"
        )

    def depth_request(self, symbol: str) -> RestRequest:
        """Weight 5 to 250 by the number of levels."""
        limit = self._snapshot_limit
        weight = next(weight for largest, weight in DEPTH_WEIGHTS if limit <= largest)
        return RestRequest("/api/v3/depth", weight, {"symbol": symbol, "limit": str(limit)})

    def interest_request(self, symbol: str) -> RestRequest | None:
        """None."""
        return None

    def symbols_request(self) -> RestRequest:
        """Weight 20."""
        return RestRequest("/api/v3/exchangeInfo", EXCHANGE_INFO_WEIGHT)


def _update(frame: SpotDepthFrame) -> DepthUpdate:
    if frame.first_id > frame.last_id:
        raise msgspec.ValidationError(f"U {frame.first_id} is above u {frame.last_id}")
    return DepthUpdate(
        frame.symbol,
        frame.sent_time,
        frame.first_id,
        frame.last_id,
        frame.first_id - 1,
        frame.bids,
        frame.asks,
    )


def _top(frame: SpotTickerFrame) -> TopOfBook:
    return TopOfBook(
        frame.symbol,
        0,
        frame.update_id,
        frame.bid,
        frame.bid_qty,
        frame.ask,
        frame.ask_qty,
    )


def _unknown_event(data: bytes) -> str:
    """Return the type of a sound payload that is of no use here, else an empty string."""
    try:
        event = _head.decode(data).event
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    return "" if event in _KNOWN_EVENTS else event
