"""Binance USD-M futures, described.

Sources: https://developers.binance.com/docs/derivatives/usds-margined-futures and its change log,
https://developers.binance.com/docs/derivatives/change-log. Since 2026-04-23 depth and
book ticker are on the route `/public`, trades and mark price on `/market`; a subscription on the
wrong route is acknowledged but stays silent.
"""

import math
from typing import Final

import msgspec

from ingest.errors import UNREADABLE, FrameError
from ingest.venues.base import RestRequest, StreamRoute
from ingest.venues.binance import Binance, trade_event
from ingest.venues.binance_frames import (
    AggTradeFrame,
    BookTickerFrame,
    DepthAnswer,
    DepthFrame,
    InterestAnswer,
    MarkPriceFrame,
    Payload,
    SymbolEntry,
    TradeFrame,
)
from ingest.venues.events import (
    BookSnapshot,
    DepthUpdate,
    Event,
    MarkPrice,
    PolledInterest,
    TopOfBook,
)
from schemas.settings import IngestSettings

DEPTH_LIMITS: Final = (5, 10, 20, 50, 100, 500, 1_000)
PERPETUALS: Final = frozenset({"PERPETUAL", "TRADIFI_PERPETUAL"})
"""Contract types without an expiry; TRADIFI_PERPETUAL follows a stock, metal or index."""
DELIVERIES: Final = frozenset(
    {"CURRENT_MONTH", "NEXT_MONTH", "CURRENT_QUARTER", "NEXT_QUARTER", "PERPETUAL_DELIVERING"}
)
"""Contract types that expire; `all` never includes them."""
QUOTE_OF_ALL: Final = "USDT"

_payload = msgspec.json.Decoder(Payload, strict=False)
_depth_answer = msgspec.json.Decoder(DepthAnswer, strict=False)
_interest_answer = msgspec.json.Decoder(InterestAnswer, strict=False)


class BinanceSequence:
    """`U` first, `u` last, `pu` previous last id of an update.

    Source: https://developers.binance.com/docs/derivatives/usds-margined-futures/
    websocket-market-streams/How-to-manage-a-local-order-book-correctly
    """

    def is_stale(self, snapshot_id: int, update: DepthUpdate) -> bool:
        """`u < lastUpdateId`: an update with `u == lastUpdateId` is still applied."""
        return update.last_id < snapshot_id

    def bridges(self, snapshot_id: int, update: DepthUpdate) -> bool:
        """`U <= lastUpdateId <= u`, or `pu == lastUpdateId`."""
        return update.first_id <= snapshot_id <= update.last_id or update.prev_id == snapshot_id

    def follows(self, previous_id: int, update: DepthUpdate) -> bool:
        """`pu` equals the previous `u`."""
        return update.prev_id == previous_id


class BinanceUsdm(Binance):
    """Binance USD-M futures at the addresses of the settings."""

    name = "binance_usdm"
    messages_per_s = 10
    depth_tells_time = False
    """Depth has its own connections; the mark price gives the time of the trades."""
    known_events = frozenset({"depthUpdate", "aggTrade", "trade", "markPriceUpdate", "bookTicker"})
    time_path = "/fapi/v1/time"
    depth_path = "/fapi/v1/depth"
    depth_weights = ((50, 2), (100, 5), (500, 10), (1_000, 20))

    def __init__(self, settings: IngestSettings) -> None:
        wanted = min(settings.snapshot_limit or DEPTH_LIMITS[-1], DEPTH_LIMITS[-1])
        depth = f"depth@{settings.depth_interval}"
        super().__init__(depth, next(n for n in DEPTH_LIMITS if n >= wanted))
        public = (depth, "bookTicker") if settings.book_ticker else (depth,)
        root = settings.websocket_url.rstrip("/")
        self.routes = (
            StreamRoute("public", f"{root}/public/stream", public, True, False),
            StreamRoute(
                "market", f"{root}/market/stream", ("aggTrade", "markPrice@1s"), False, True
            ),
        )
        self.sequence = BinanceSequence()

    def parse_snapshot(self, raw: bytes, symbol: str = "") -> BookSnapshot:
        """Parse GET depth. Raises FrameError."""
        try:
            answer = _depth_answer.decode(raw)
        except UNREADABLE as error:
            raise FrameError(f"depth snapshot: {error}") from None
        return BookSnapshot(
            symbol or answer.symbol,
            answer.transaction_time,
            answer.last_id,
            answer.bids,
            answer.asks,
            max(answer.transaction_time, answer.sent_time),
        )

    def parse_interest(self, raw: bytes) -> PolledInterest:
        """Parse GET openInterest. Raises FrameError."""
        try:
            answer = _interest_answer.decode(raw)
        except UNREADABLE as error:
            raise FrameError(f"open interest: {error}") from None
        return PolledInterest(answer.time, answer.open_interest)

    def interest_request(self, symbol: str) -> RestRequest:
        """Weight 1."""
        return RestRequest("/fapi/v1/openInterest", 1, {"symbol": symbol})

    def symbols_request(self) -> RestRequest:
        """Weight 1."""
        return RestRequest("/fapi/v1/exchangeInfo", 1)

    def _event(self, stream: str, data: bytes) -> tuple[Event, int]:
        return _event(_payload.decode(data))

    def _in_all(self, entry: SymbolEntry) -> tuple[bool, str]:
        if entry.contract in PERPETUALS:
            return entry.quote == QUOTE_OF_ALL, ""
        if entry.contract in DELIVERIES or entry.quote != QUOTE_OF_ALL:
            return False, ""
        return False, f"contract type {entry.contract or 'missing'} is unknown"


def _event(payload: Payload) -> tuple[Event, int]:
    if isinstance(payload, DepthFrame):
        if payload.first_id > payload.last_id:
            raise msgspec.ValidationError(f"U {payload.first_id} is above u {payload.last_id}")
        update = DepthUpdate(
            payload.symbol,
            payload.transaction_time,
            payload.first_id,
            payload.last_id,
            payload.prev_id,
            payload.bids,
            payload.asks,
        )
        return update, max(payload.transaction_time, payload.sent_time)
    if isinstance(payload, AggTradeFrame | TradeFrame):
        return trade_event(payload)
    if isinstance(payload, MarkPriceFrame):
        mark = MarkPrice(
            payload.symbol,
            payload.sent_time,
            payload.mark_price,
            _rate(payload.funding_rate),
            payload.next_funding_time or None,
        )
        return mark, payload.sent_time
    return _top(payload), payload.transaction_time


def _rate(text: str) -> float | None:
    if not text:
        return None
    try:
        rate = float(text)
    except ValueError:
        rate = math.nan
    if not math.isfinite(rate):
        raise msgspec.ValidationError(f"funding rate {text!r} is not a number")
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
