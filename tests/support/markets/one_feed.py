"""One symbol's feed, fed with raw frames, and the records that come out."""

from collections.abc import Iterable

from ingest.feeds.symbol_feed import SymbolFeed
from ingest.publish.outlet import PutResult
from ingest.venues.base import Venue
from ingest.venues.events import BookSnapshot, DepthUpdate, TradeRun
from ingest.venues.parsed import Event
from schemas.instrument import Instrument
from schemas.record import Record
from schemas.settings import IngestSettings


class OneFeed:
    """A feed whose records stay here."""

    def __init__(self, venue: Venue, symbol: str, instrument: Instrument | None = None) -> None:
        self.records: list[Record] = []
        self._venue = venue
        units = instrument or venue.instrument(symbol)
        self.feed = SymbolFeed(
            venue.name, symbol, venue.sequence, IngestSettings(), self._put, units, venue.traits
        )

    def take(self, frames: Iterable[bytes]) -> None:
        """Process frames; those of other symbols are passed over."""
        for number, raw in enumerate(frames):
            event = self._venue.parse(raw).event
            if getattr(event, "symbol", "") == self.feed.symbol:
                self.take_event(event, number)

    def take_event(self, event: Event, number: int) -> None:
        """Process an event; `number` is its receive time."""
        if isinstance(event, BookSnapshot):
            self.feed.on_image(event, number, float(number))
        elif isinstance(event, DepthUpdate):
            self.feed.on_depth(event, number, float(number))
        elif isinstance(event, TradeRun):
            self.feed.take_trades(event, number, float(number))

    def _put(self, record: Record, bypass_limit: bool = False) -> PutResult:
        self.records.append(record)
        return PutResult.TAKEN
