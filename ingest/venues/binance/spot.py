"""Binance spot, described.

Sources: https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams and
https://developers.binance.com/docs/binance-spot-api-docs/rest-api. One kind of connection carries
everything. Updates have `U` and `u` but no predecessor; depth frames state only their send time;
there is no open interest and no mark price.
"""

import re
from typing import Final

import msgspec

from ingest.errors import UNREADABLE, FrameError
from ingest.venues.binance.answers import SpotDepthAnswer, SymbolEntry
from ingest.venues.binance.base import Binance
from ingest.venues.binance.events import spot_event, spot_top
from ingest.venues.binance.frames import SpotPayload, SpotTickerFrame, WholeFrame
from ingest.venues.binance.sequence import SpotSequence
from ingest.venues.events import BookSnapshot, PolledInterest
from ingest.venues.parsed import Event
from ingest.venues.readings import decoder
from ingest.venues.rest_rules import RestRequest
from ingest.venues.stream_rules import StreamRoute
from schemas.instrument import MarketKind
from schemas.settings import IngestSettings

EXCHANGE_INFO_WEIGHT: Final = 20
DEPTH_KIND: Final = "depth@100ms"
"""The other speed is 1,000 ms."""

_whole = decoder(WholeFrame[SpotPayload])
_payload = msgspec.json.Decoder(SpotPayload, strict=False)
_ticker = decoder(SpotTickerFrame)
_depth_answer = decoder(SpotDepthAnswer)


class BinanceSpot(Binance):
    """Binance spot at the addresses of the settings."""

    name = "binance_spot"
    kind = MarketKind.SPOT
    messages_per_s = 5
    depth_tells_time = True
    """Depth and trades come on one connection."""
    whole = _whole
    unused = re.compile(rb'\{"stream":"[^"\\]+@bookTicker","data":\{')
    """A book ticker is told by its stream alone."""
    known_events = frozenset({"depthUpdate", "aggTrade", "trade"})
    depth_kind = DEPTH_KIND
    time_path = "/api/v3/time"
    depth_path = "/api/v3/depth"
    price_path = "/api/v3/ticker/price"
    price_weight = 2
    depth_weights = ((100, 5), (500, 25), (1_000, 50), (5_000, 250))

    def __init__(self, settings: IngestSettings) -> None:
        self.snapshot_limit = settings.snapshot_limit or self.depth_weights[-1][0]
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

    def symbols_request(self, cursor: str = "") -> RestRequest:
        """Weight 20."""
        return RestRequest("/api/v3/exchangeInfo", EXCHANGE_INFO_WEIGHT)

    def _event(self, stream: str, data: bytes) -> tuple[Event, int]:
        if stream.endswith("@bookTicker"):
            return spot_top(_ticker.decode(data)), 0
        return spot_event(_payload.decode(data))

    def _event_of(self, payload: SpotPayload) -> tuple[Event, int]:
        return spot_event(payload)

    def _in_all(self, entry: SymbolEntry) -> tuple[bool, str]:
        return entry.quote == "USDT", ""
