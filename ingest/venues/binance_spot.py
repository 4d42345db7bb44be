"""Binance spot, described.

Sources: https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams and
https://developers.binance.com/docs/binance-spot-api-docs/rest-api. One kind of connection carries
everything. Updates have `U` and `u` but no predecessor; depth frames state only their send time;
there is no open interest and no mark price.
"""

from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct, field

from ingest.errors import UNREADABLE, FrameError
from ingest.venues.base import RestRequest, StreamRoute
from ingest.venues.binance import Binance, trade_event
from ingest.venues.binance_frames import (
    AggTradeFrame,
    Id,
    Levels,
    Quantity,
    Symbol,
    SymbolEntry,
    TimeMs,
    TradeFrame,
)
from ingest.venues.events import BookSnapshot, DepthUpdate, Event, PolledInterest, TopOfBook
from schemas.settings import IngestSettings

EXCHANGE_INFO_WEIGHT: Final = 20
DEPTH_KIND: Final = "depth@100ms"
"""The other speed is 1,000 ms."""


class SpotDepthFrame(Struct, tag_field="e", tag="depthUpdate", gc=False):
    """`<s>@depth@100ms`."""

    sent_time: TimeMs = field(name="E")
    symbol: Symbol = field(name="s")
    first_id: Annotated[int, Meta(ge=1, le=2**63 - 1)] = field(name="U")
    last_id: Id = field(name="u")
    bids: Levels = field(name="b")
    asks: Levels = field(name="a")


class SpotTickerFrame(Struct, gc=False):
    """`<s>@bookTicker`; the only payload with neither type nor time."""

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


_payload = msgspec.json.Decoder(SpotDepthFrame | AggTradeFrame | TradeFrame, strict=False)
_ticker = msgspec.json.Decoder(SpotTickerFrame, strict=False)
_depth_answer = msgspec.json.Decoder(SpotDepthAnswer, strict=False)


class SpotSequence:
    """`U` first and `u` last id of an update; ids have no holes.

    Source: https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams
    #how-to-manage-a-local-order-book-correctly
    """

    def is_stale(self, snapshot_id: int, update: DepthUpdate) -> bool:
        """`u <= lastUpdateId`."""
        return update.last_id <= snapshot_id

    def bridges(self, snapshot_id: int, update: DepthUpdate) -> bool:
        """`U <= lastUpdateId + 1 <= u`."""
        return update.first_id <= snapshot_id + 1 <= update.last_id

    def follows(self, previous_id: int, update: DepthUpdate) -> bool:
        """`U` equals the previous `u` plus 1."""
        return update.first_id == previous_id + 1


class BinanceSpot(Binance):
    """Binance spot at the addresses of the settings."""

    name = "binance_spot"
    messages_per_s = 5
    depth_tells_time = True
    """Depth and trades come on one connection."""
    known_events = frozenset({"depthUpdate", "aggTrade", "trade"})
    time_path = "/api/v3/time"
    depth_path = "/api/v3/depth"
    depth_weights = ((100, 5), (500, 25), (1_000, 50), (5_000, 250))

    def __init__(self, settings: IngestSettings) -> None:
        super().__init__(DEPTH_KIND, settings.snapshot_limit or self.depth_weights[-1][0])
        ticker = ("bookTicker",) if settings.book_ticker else ()
        root = settings.websocket_url.rstrip("/")
        kinds = (DEPTH_KIND, "aggTrade", *ticker)
        self.routes = (StreamRoute("spot", f"{root}/stream", kinds, True, True),)
        self.sequence = SpotSequence()

    def parse_snapshot(self, raw: bytes, symbol: str = "") -> BookSnapshot:
        """Parse GET depth; its time is that of adjacent updates. Raises FrameError."""
        try:
            answer = _depth_answer.decode(raw)
        except UNREADABLE as error:
            raise FrameError(f"depth snapshot: {error}") from None
        return BookSnapshot(symbol or answer.symbol, 0, answer.last_id, answer.bids, answer.asks)

    def parse_interest(self, raw: bytes) -> PolledInterest:
        """Raises FrameError: spot has no open interest."""
        raise FrameError("spot has no open interest")

    def interest_request(self, symbol: str) -> RestRequest | None:
        """None."""
        return None

    def symbols_request(self) -> RestRequest:
        """Weight 20."""
        return RestRequest("/api/v3/exchangeInfo", EXCHANGE_INFO_WEIGHT)

    def _event(self, stream: str, data: bytes) -> tuple[Event, int]:
        if stream.endswith("@bookTicker"):
            return _top(_ticker.decode(data)), 0
        payload = _payload.decode(data)
        if isinstance(payload, SpotDepthFrame):
            return _update(payload), payload.sent_time
        return trade_event(payload)

    def _in_all(self, entry: SymbolEntry) -> tuple[bool, str]:
        return entry.quote == "USDT", ""


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
