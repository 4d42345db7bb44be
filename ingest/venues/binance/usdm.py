"""Binance USD-M futures, described.

Sources: https://developers.binance.com/docs/derivatives/usds-margined-futures and its change log,
https://developers.binance.com/docs/derivatives/change-log. Since 2026-04-23 depth and
book ticker are on the route `/public`, trades and mark price on `/market`; a subscription on the
wrong route is acknowledged but stays silent.
"""

import re
from typing import Final

import msgspec

from ingest.errors import UNREADABLE, FrameError
from ingest.venues.binance.answers import DepthAnswer, InterestAnswer, SymbolEntry
from ingest.venues.binance.base import Binance
from ingest.venues.binance.events import futures_event
from ingest.venues.binance.frames import Payload, WholeFrame
from ingest.venues.binance.sequence import BinanceSequence
from ingest.venues.events import BookSnapshot, PolledInterest
from ingest.venues.parsed import Event
from ingest.venues.readings import decoder
from ingest.venues.rest_rules import RestRequest
from ingest.venues.stream_rules import StreamRoute
from schemas.instrument import MarketKind
from schemas.settings import IngestSettings

DEPTH_LIMITS: Final = (5, 10, 20, 50, 100, 500, 1_000)
PERPETUALS: Final = frozenset({"PERPETUAL", "TRADIFI_PERPETUAL"})
"""Contract types without an expiry; TRADIFI_PERPETUAL follows a stock, metal or index."""
DELIVERIES: Final = frozenset(
    {"CURRENT_MONTH", "NEXT_MONTH", "CURRENT_QUARTER", "NEXT_QUARTER", "PERPETUAL_DELIVERING"}
)
"""Contract types that expire; `all` never includes them."""
QUOTE_OF_ALL: Final = "USDT"
TAPE_KINDS: Final = ("aggTrade", "markPrice@1s")

_whole = decoder(WholeFrame[Payload])
_payload = msgspec.json.Decoder(Payload, strict=False)
_depth_answer = decoder(DepthAnswer)
_interest_answer = decoder(InterestAnswer)


class BinanceUsdm(Binance):
    """Binance USD-M futures at the addresses of the settings."""

    name = "binance_usdm"
    kind = MarketKind.LINEAR
    budget = "binance_futures"
    """COIN-M counts against the same weight of an address since 2026-06-30: change log, above."""
    messages_per_s = 10
    depth_tells_time = False
    """Depth has its own connections; the mark price gives the time of the trades."""
    whole = _whole
    unused = re.compile(
        rb'\{"stream":"[^"\\]+@bookTicker","data":\{(?:"u":[0-9]+,)?"e":"bookTicker"'
    )
    """The type comes first or after the update id."""
    known_events = frozenset({"depthUpdate", "aggTrade", "trade", "markPriceUpdate", "bookTicker"})
    rest_root = "/fapi/v1"
    depth_weights = ((50, 2), (100, 5), (500, 10), (1_000, 20))

    def __init__(self, settings: IngestSettings) -> None:
        wanted = min(settings.snapshot_limit or DEPTH_LIMITS[-1], DEPTH_LIMITS[-1])
        self.depth_kind = depth = f"depth@{settings.depth_interval}"
        self.snapshot_limit = next(n for n in DEPTH_LIMITS if n >= wanted)
        self.time_path, self.depth_path = f"{self.rest_root}/time", f"{self.rest_root}/depth"
        self.price_path = f"{self.rest_root}/ticker/price"
        book_kinds = (depth, "bookTicker") if settings.book_ticker else (depth,)
        self.routes = self._routes(settings.websocket_url.rstrip("/"), book_kinds)
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
        return RestRequest(f"{self.rest_root}/openInterest", 1, {"symbol": symbol})

    def symbols_request(self, cursor: str = "") -> RestRequest:
        """Weight 1."""
        return RestRequest(f"{self.rest_root}/exchangeInfo", 1)

    def _routes(self, root: str, book_kinds: tuple[str, ...]) -> tuple[StreamRoute, ...]:
        return (
            StreamRoute("public", f"{root}/public/stream", book_kinds, True, False),
            StreamRoute("market", f"{root}/market/stream", TAPE_KINDS, False, True),
        )

    def _event(self, stream: str, data: bytes) -> tuple[Event, int]:
        return futures_event(_payload.decode(data))

    def _event_of(self, payload: Payload) -> tuple[Event, int]:
        return futures_event(payload)

    def _in_all(self, entry: SymbolEntry) -> tuple[bool, str]:
        if entry.contract in PERPETUALS:
            return entry.quote == QUOTE_OF_ALL, ""
        if entry.contract in DELIVERIES or entry.quote != QUOTE_OF_ALL:
            return False, ""
        return False, f"contract type {entry.contract or 'missing'} is unknown"
