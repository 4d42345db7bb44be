"""Binance USD-M futures, described.

Sources: the venue's WebSocket and REST documentation and its change log. Since 2026-04-23 depth and
book ticker are on the route `/public`, trades and mark price on `/market`; a subscription on the
wrong route is acknowledged and then silent.
"""

import math
from collections.abc import Sequence
from typing import Final

import msgspec

from ingest.errors import UNREADABLE, FrameError
from ingest.venues.base import (
    DepthUpdate,
    Event,
    Frame,
    Ignored,
    Listed,
    MarkPrice,
    PolledInterest,
    RestRequest,
    Route,
    Snapshot,
    TopOfBook,
)
from ingest.venues.binance_frames import (
    AggTradeFrame,
    BookTickerFrame,
    DepthAnswer,
    DepthFrame,
    Envelope,
    ExchangeInfoAnswer,
    InterestAnswer,
    MarkPriceFrame,
    Payload,
    PayloadHead,
    TradeFrame,
)
from ingest.venues.binance_parts import envelope_reply, request_message, trade_event
from schemas.settings import IngestSettings

NAME: Final = "binance_usdm"
MAX_STREAMS: Final = 200
"""Streams a connection; the venue documents 1,024 and drops large ones more often."""
MAX_CONNECTION_S: Final = 23.5 * 3600
"""The venue closes a connection after 24 h."""
MESSAGES_PER_S: Final = 10
"""Inbound limit of a connection, pings and pongs included."""
DEPTH_WEIGHTS: Final = ((50, 2), (100, 5), (500, 10), (1_000, 20))
"""(largest limit, request weight) of GET depth."""
DEPTH_LIMITS: Final = (5, 10, 20, 50, 100, 500, 1_000)

_envelope = msgspec.json.Decoder(Envelope)
_payload = msgspec.json.Decoder(Payload, strict=False)
_head = msgspec.json.Decoder(PayloadHead)
_depth_answer = msgspec.json.Decoder(DepthAnswer, strict=False)
_interest_answer = msgspec.json.Decoder(InterestAnswer, strict=False)
_exchange_info = msgspec.json.Decoder(ExchangeInfoAnswer)
_KNOWN_EVENTS: Final = frozenset(
    {"depthUpdate", "aggTrade", "trade", "markPriceUpdate", "bookTicker"}
)


class BinanceSequence:
    """`U` first, `u` last, `pu` previous last id of an update."""

    def is_stale(self, snapshot_id: int, update: DepthUpdate) -> bool:
        """`u < lastUpdateId`: an update with `u == lastUpdateId` is still applied."""
        return update.last_id < snapshot_id

    def bridges(self, snapshot_id: int, update: DepthUpdate) -> bool:
        """`U <= lastUpdateId <= u`, or `pu == lastUpdateId`."""
        return update.first_id <= snapshot_id <= update.last_id or update.prev_id == snapshot_id

    def follows(self, previous_id: int, update: DepthUpdate) -> bool:
        """`pu` equals the `u` before."""
        return update.prev_id == previous_id


class BinanceUsdm:
    """Binance USD-M futures at the addresses of the settings."""

    def __init__(self, settings: IngestSettings) -> None:
        self._depth_speed = settings.depth_interval
        wanted = min(settings.snapshot_limit or DEPTH_LIMITS[-1], DEPTH_LIMITS[-1])
        self._snapshot_limit = next(n for n in DEPTH_LIMITS if n >= wanted)
        depth = f"depth@{self._depth_speed}"
        public = (depth, "bookTicker") if settings.book_ticker else (depth,)
        root = settings.websocket_url.rstrip("/")
        self.routes = (
            Route("public", f"{root}/public/stream", public, True, False),
            Route("market", f"{root}/market/stream", ("aggTrade", "markPrice@1s"), False, True),
        )
        self.sequence = BinanceSequence()

    @property
    def name(self) -> str:
        """`binance_usdm`."""
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
        """10."""
        return MESSAGES_PER_S

    @property
    def depth_tells_time(self) -> bool:
        """Depth has connections of its own; the mark price tells the time of the trades."""
        return False

    def depth_stream(self, symbol: str) -> str:
        """`<s>@depth@<speed>`."""
        return f"{symbol.lower()}@depth@{self._depth_speed}"

    def interest_stream(self, symbol: str) -> str:
        """`<s>@openInterest`, a name of ours: the venue has no such stream."""
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
        except UNREADABLE as error:
            raise FrameError(f"not a frame: {error}") from None
        if not envelope.stream:
            return Frame("", envelope_reply(envelope))
        data = bytes(envelope.data)
        try:
            return Frame(envelope.stream, _event(_payload.decode(data)))
        except UNREADABLE as error:
            what = _unknown_event(data)
            if what:
                return Frame(envelope.stream, Ignored(what))
            raise FrameError(f"{envelope.stream}: {error}") from None

    def parse_snapshot(self, raw: bytes, symbol: str = "") -> Snapshot:
        """Read GET depth. Raises FrameError."""
        try:
            answer = _depth_answer.decode(raw)
        except UNREADABLE as error:
            raise FrameError(f"depth snapshot: {error}") from None
        return Snapshot(
            symbol or answer.symbol,
            answer.transaction_time,
            answer.last_id,
            answer.bids,
            answer.asks,
        )

    def parse_interest(self, raw: bytes) -> PolledInterest:
        """Read GET openInterest. Raises FrameError."""
        try:
            answer = _interest_answer.decode(raw)
        except UNREADABLE as error:
            raise FrameError(f"open interest: {error}") from None
        return PolledInterest(answer.time, answer.open_interest)

    def parse_symbols(self, raw: bytes) -> tuple[Listed, ...]:
        """Read GET exchangeInfo; contracts that do not trade are left out. Raises FrameError.

        `all` means the perpetuals in USDT.
        """
        try:
            answer = _exchange_info.decode(raw)
        except UNREADABLE as error:
            raise FrameError(f"exchangeInfo: {error}") from None
        return tuple(
            Listed(entry.symbol, entry.quote == "USDT" and entry.contract == "PERPETUAL")
            for entry in answer.symbols
            if entry.status == "TRADING"
        )

    def depth_request(self, symbol: str) -> RestRequest:
        """Weight 2 to 20 by the number of levels."""
        limit = self._snapshot_limit
        weight = next(weight for largest, weight in DEPTH_WEIGHTS if limit <= largest)
        return RestRequest("/fapi/v1/depth", weight, {"symbol": symbol, "limit": str(limit)})

    def interest_request(self, symbol: str) -> RestRequest:
        """Weight 1."""
        return RestRequest("/fapi/v1/openInterest", 1, {"symbol": symbol})

    def symbols_request(self) -> RestRequest:
        """Weight 1."""
        return RestRequest("/fapi/v1/exchangeInfo", 1)


def _event(payload: Payload) -> Event:
    if isinstance(payload, DepthFrame):
        if payload.first_id > payload.last_id:
            raise msgspec.ValidationError(f"U {payload.first_id} is above u {payload.last_id}")
        return DepthUpdate(
            payload.symbol,
            payload.transaction_time,
            payload.first_id,
            payload.last_id,
            payload.prev_id,
            payload.bids,
            payload.asks,
        )
    if isinstance(payload, AggTradeFrame | TradeFrame):
        return trade_event(payload)
    if isinstance(payload, MarkPriceFrame):
        return MarkPrice(
            payload.symbol,
            payload.sent_time,
            payload.mark_price,
            _rate(payload.funding_rate),
            payload.next_funding_time or None,
        )
    return _top(payload)


def _rate(text: str) -> float | None:
    if not text:
        return None
    try:
        rate = float(text)
    except ValueError:
        rate = math.nan
    if not math.isfinite(rate):
        raise msgspec.ValidationError(f"funding rate {text!r} is no number")
    return rate


def _top(payload: BookTickerFrame) -> TopOfBook:
    return TopOfBook(
        payload.symbol,
        payload.transaction_time,
        payload.update_id,
        payload.bid,
        payload.bid_qty,
        payload.ask,
        payload.ask_qty,
    )


def _unknown_event(data: bytes) -> str:
    """Return the type of a sound payload that is of no use here, else an empty string."""
    try:
        event = _head.decode(data).event
    except UNREADABLE:
        return ""
    return "" if event in _KNOWN_EVENTS else event
