"""OKX v5: what its public channels and answers have in common, whatever is traded.

Sources: https://www.okx.com/docs-v5/en/ (overview-websocket-connect: heartbeat, limits, notices;
order-book-trading-market-data-ws-order-book-channel: snapshot, update, `seqId`, `prevSeqId`). A
book begins with a snapshot on its channel or, where none comes, with GET books; each update's
`prevSeqId` is the `seqId` before it; after anything else the channel alone is subscribed to anew.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from ingest.errors import UNREADABLE, FrameError
from ingest.venues.events import BookSnapshot
from ingest.venues.listing import Listed, ListingPage
from ingest.venues.okx import frames
from ingest.venues.okx.answers import decoded, first
from ingest.venues.okx.events import event_of, pairs, reply_of
from ingest.venues.okx.sequence import OkxSequence
from ingest.venues.parsed import Ignored, ParsedFrame, check_owner
from ingest.venues.readings import decoder, each_entry
from ingest.venues.rest_rules import RestRequest
from ingest.venues.stream_rules import ConnectionRules, StreamRoute, StreamTraits
from ingest.venues.streamed import StreamedVenue
from schemas.settings import IngestSettings

BOOKS_PER_CONNECTION: Final = 29
"""Below 30 `books` channels."""
LEVELS: Final = 400
PONG: Final = b"pong"

_envelope = decoder(frames.Envelope)
_book = decoder(frames.BookEntry)
_time = decoder(frames.TimeEntry)
_ticker = decoder(frames.TickerEntry)


class Okx(StreamedVenue):
    """Base of a market's description, which adds names, channels, units and listing."""

    sequence = OkxSequence()
    traits = StreamTraits(sends_book=True, window_levels=LEVELS)
    messages_per_s = 10
    """None is documented; the hourly limit of subscriptions is what counts."""
    time_path = "/api/v5/public/time"
    rules = ConnectionRules(
        heartbeat="ping", heartbeat_s=20.0, connect_pause_s=0.34, requests_per_hour=480
    )
    kinds: tuple[str, ...]
    """Its channels, the book first."""
    listed_as: str
    """`instType` of its listing."""

    def __init__(self, settings: IngestSettings) -> None:
        url = f"{settings.websocket_url.rstrip('/')}/ws/v5/public"
        route = StreamRoute(self.listed_as.lower(), url, self.kinds, True, True, "{kind}:{symbol}")
        super().__init__(route, "open-interest")
        self.max_streams = BOOKS_PER_CONNECTION * len(self.kinds)

    def symbol_of(self, stream: str) -> str:
        """What follows the colon."""
        return stream.partition(":")[2]

    def subscription(self, streams: Sequence[str], request_id: int) -> str:
        """A subscribe message."""
        return _request("subscribe", streams, request_id)

    def unsubscription(self, streams: Sequence[str], request_id: int) -> str:
        """An unsubscribe message."""
        return _request("unsubscribe", streams, request_id)

    def stream_in(self, raw: bytes) -> str:
        """Channel and symbol of a frame with data."""
        try:
            envelope = _envelope.decode(raw)
        except UNREADABLE:
            return ""
        return "" if envelope.event else envelope.argument.stream

    def is_depth_answer(self, raw: bytes) -> bool:
        """Whether a line is an answer of GET books."""
        return raw.startswith(b'{"code"')

    def parse(self, raw: bytes) -> ParsedFrame:
        """Parse a frame or an answer. Raises FrameError."""
        if raw == PONG:
            return ParsedFrame("", Ignored("pong"))
        try:
            envelope = _envelope.decode(raw)
        except UNREADABLE as error:
            raise FrameError(f"not a frame: {error}") from None
        if envelope.event or not envelope.argument.stream:
            return ParsedFrame("", reply_of(envelope))
        stream = envelope.argument.stream
        try:
            event, stated_time = event_of(envelope)
            check_owner(event, stream, self.symbol_of(stream))
        except UNREADABLE as error:
            raise FrameError(f"{stream}: {error}", stream) from None
        return ParsedFrame(stream, event, stated_time)

    def parse_time(self, raw: bytes) -> int:
        """Parse GET time. Raises FrameError."""
        return first(raw, "time", _time).time

    def parse_snapshot(self, raw: bytes, symbol: str = "") -> BookSnapshot:
        """Parse GET books. Raises FrameError."""
        book = first(raw, "books", _book)
        named = symbol or decoded(raw, "books").symbol
        time = book.image_time
        return BookSnapshot(named, time, book.sequence_id, pairs(book.bids), pairs(book.asks), time)

    def parse_symbols(self, raw: bytes) -> ListingPage:
        """Parse GET instruments. Raises FrameError if no entry can be parsed."""
        return each_entry(decoded(raw, "instruments").data, self._listed, "instruments", "")

    def depth_request(self, symbol: str) -> RestRequest | None:
        """GET books, 40 per 2 s, where the channel sends no snapshot."""
        return RestRequest("/api/v5/market/books", 1, {"instId": symbol, "sz": str(LEVELS)})

    def price_request(self, symbol: str) -> RestRequest:
        """GET ticker, 20 per 2 s; of spot and swaps alike."""
        return RestRequest("/api/v5/market/ticker", 2, {"instId": symbol})

    def parse_price(self, raw: bytes) -> float:
        """Parse GET ticker. Raises FrameError."""
        return first(raw, "ticker", _ticker).price

    def dollar_pair(self, currency: str) -> str:
        """The spot market, `BTC-USDT`."""
        return f"{currency}-USDT"

    def symbols_request(self, cursor: str = "") -> RestRequest:
        """All in one answer, 20 per 2 s."""
        return RestRequest("/api/v5/public/instruments", 2, {"instType": self.listed_as})

    def _listed(self, raw: bytes) -> Listed:
        raise NotImplementedError


def _request(operation: str, streams: Sequence[str], request_id: int) -> str:
    arguments = [dict(zip(("channel", "instId"), s.split(":", 1), strict=True)) for s in streams]
    message = {"op": operation, "id": str(request_id), "args": arguments}
    return msgspec.json.encode(message).decode()
