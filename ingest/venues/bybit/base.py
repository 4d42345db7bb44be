"""Bybit v5: what its public topics and answers have in common, whatever is traded.

Sources: https://bybit-exchange.github.io/docs/v5/ws/connect (heartbeat, limits),
https://bybit-exchange.github.io/docs/v5/websocket/public/orderbook (snapshot, delta, `u`),
https://bybit-exchange.github.io/docs/v5/websocket/public/trade,
https://bybit-exchange.github.io/docs/v5/websocket/public/ticker,
https://bybit-exchange.github.io/docs/v5/rate-limit. A book begins with a snapshot on its stream;
each delta has the next `u`; after a hole the topic alone is subscribed to anew. `cts` of depth and
`T` of trades are one clock.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from ingest.errors import UNREADABLE, FrameError
from ingest.venues.bybit import frames
from ingest.venues.bybit.answers import result_of
from ingest.venues.bybit.events import event_of, reply_of
from ingest.venues.bybit.sequence import BybitSequence
from ingest.venues.events import BookSnapshot
from ingest.venues.listing import Listed, ListingPage
from ingest.venues.parsed import ParsedFrame, check_owner
from ingest.venues.readings import decoder, each_entry
from ingest.venues.rest_rules import RestRequest
from ingest.venues.stream_rules import ConnectionRules, StreamRoute, StreamTraits
from ingest.venues.streamed import StreamedVenue
from schemas.settings import IngestSettings

LEVELS: Final = (1, 50, 200, 1_000)
"""Published depths; their intervals are 10, 20, 100 and 200 ms."""
FORBIDDEN_S: Final = 600.0
"""403: too many requests of one address; it is closed for at least 10 min."""

_envelope = decoder(frames.Envelope)
_book_result = decoder(frames.BookResult)
_instruments = decoder(frames.InstrumentsResult)
_tickers = decoder(frames.TickersResult)


class Bybit(StreamedVenue):
    """Base of a market's description, which adds name, topics, units and listing."""

    category: str
    """Of its socket and its listing."""
    sequence = BybitSequence()
    max_streams = 900
    messages_per_s = 10
    time_path = "/v5/market/time"
    rules = ConnectionRules(
        heartbeat='{"op":"ping"}', heartbeat_s=20.0, connect_pause_s=0.6, max_stream_chars=20_000
    )
    closed_s: Mapping[int, float] = {403: FORBIDDEN_S}

    def __init__(self, settings: IngestSettings) -> None:
        wanted = min(settings.snapshot_limit or LEVELS[-1], LEVELS[-1])
        levels = next(n for n in LEVELS if n >= wanted)
        self.traits = StreamTraits(sends_book=True, window_levels=levels, gapless_trade_ids=False)
        root = settings.websocket_url.rstrip("/")
        kinds = (f"orderbook.{levels}", "publicTrade", "tickers")
        url = f"{root}/v5/public/{self.category}"
        route = StreamRoute(self.category, url, kinds, True, True, "{kind}.{symbol}")
        super().__init__(route, "tickers")

    def symbol_of(self, stream: str) -> str:
        """What follows the last dot."""
        return stream.rpartition(".")[2]

    def subscription(self, streams: Sequence[str], request_id: int) -> str:
        """A subscribe message."""
        return _request("subscribe", streams, request_id)

    def unsubscription(self, streams: Sequence[str], request_id: int) -> str:
        """An unsubscribe message."""
        return _request("unsubscribe", streams, request_id)

    def stream_in(self, raw: bytes) -> str:
        """Its topic."""
        try:
            return _envelope.decode(raw).topic
        except UNREADABLE:
            return ""

    def parse(self, raw: bytes) -> ParsedFrame:
        """Parse a frame or an answer. Raises FrameError."""
        try:
            envelope = _envelope.decode(raw)
        except UNREADABLE as error:
            raise FrameError(f"not a frame: {error}") from None
        if not envelope.topic:
            return ParsedFrame("", reply_of(envelope))
        try:
            event = event_of(envelope)
            check_owner(event, envelope.topic, self.symbol_of(envelope.topic))
        except UNREADABLE as error:
            raise FrameError(f"{envelope.topic}: {error}", envelope.topic) from None
        return ParsedFrame(envelope.topic, event, max(envelope.sent_time, envelope.matched_time))

    def parse_time(self, raw: bytes) -> int:
        """Parse GET time. Raises FrameError."""
        return result_of(raw, "time").time

    def parse_snapshot(self, raw: bytes, symbol: str = "") -> BookSnapshot:
        """Parse GET orderbook; its `u` is that of the stream with 1,000 levels. Raises
        FrameError."""
        try:
            book = _book_result.decode(result_of(raw, "orderbook").result)
        except UNREADABLE as error:
            raise FrameError(f"orderbook: {error}") from None
        time = book.matched_time or book.sent_time
        return BookSnapshot(symbol or book.symbol, time, book.update_id, book.bids, book.asks)

    def parse_symbols(self, raw: bytes) -> ListingPage:
        """Parse GET instruments-info. Raises FrameError if no entry can be parsed."""
        try:
            page = _instruments.decode(result_of(raw, "instruments-info").result)
        except UNREADABLE as error:
            raise FrameError(f"instruments-info: {error}") from None
        return each_entry(page.entries, self._listed, "instruments-info", page.cursor or "")

    def price_request(self, symbol: str) -> RestRequest:
        """GET tickers of one symbol."""
        params = {"category": self.category, "symbol": symbol}
        return RestRequest("/v5/market/tickers", 1, params)

    def parse_price(self, raw: bytes) -> float:
        """Parse GET tickers. Raises FrameError."""
        try:
            return _tickers.decode(result_of(raw, "tickers").result).entries[0].price
        except (IndexError, *UNREADABLE) as error:
            raise FrameError(f"tickers: {error}") from None

    def dollar_pair(self, currency: str) -> str:
        """`BTCUSDT`."""
        return f"{currency}USDT"

    def symbols_request(self, cursor: str = "") -> RestRequest:
        """A page of at most 1,000."""
        place = {"cursor": cursor} if cursor else {}
        params = {"category": self.category, "limit": "1000", **place}
        return RestRequest("/v5/market/instruments-info", 1, params)

    def _listed(self, raw: bytes) -> Listed:
        raise NotImplementedError


def _request(operation: str, streams: Sequence[str], request_id: int) -> str:
    message = {"op": operation, "req_id": str(request_id), "args": list(streams)}
    return msgspec.json.encode(message).decode()
