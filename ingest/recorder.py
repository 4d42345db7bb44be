"""Records a venue's frames to a capture file."""

import asyncio
import logging
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from ingest.capture import instrument_line
from ingest.capture_writer import CaptureWriter
from ingest.errors import IngestError
from ingest.feeds.quote_rates import PairPrice, price_line
from ingest.ops.report import build_report
from ingest.publish.outlet import PutResult
from ingest.rest_api.rate_poller import RatePoller
from ingest.service import rest_client
from ingest.venue_session import Ready, VenueSession
from ingest.venues.base import Venue
from ingest.venues.registry import venue_of
from ingest.watch.symbols import ALL, VenueListing, ask_listing, normalized
from schemas.control import DeadLetter
from schemas.record import Record
from schemas.settings import Settings

logger = logging.getLogger(__name__)

FLUSH_INTERVAL_S: Final = 0.5


class _Recording:
    """Writes raw frames and snapshots; ignores the records."""

    def __init__(self, venue: Venue, writer: CaptureWriter) -> None:
        self._venue = venue
        self._writer = writer

    @property
    def is_roomy(self) -> bool:
        """Always True: a file has no limit."""
        return True

    def put(self, record: Record | DeadLetter, bypass_limit: bool = False) -> PutResult:
        """Drop the record: records are rebuilt when the capture is read."""
        return PutResult.TAKEN

    def frame(self, raw: bytes, received_ns: int) -> None:
        """Write a stream's frame unchanged, except replies to subscriptions."""
        if self._venue.stream_in(raw):
            self._writer.write(received_ns, raw)

    def snapshot(self, symbol: str, raw: bytes, received_ns: int) -> None:
        """Write the REST answer with its symbol, which the venue's answer lacks."""
        self._writer.write(received_ns, b'%b,"symbol":"%b"}' % (raw.rstrip()[:-1], symbol.encode()))

    def price(self, told: PairPrice) -> None:
        """Write what one unit of a quote currency is worth by the venue's own market."""
        self._writer.write(time.time_ns(), price_line(told))


def recordable(listing: VenueListing, named: Sequence[str]) -> tuple[str, ...]:
    """Return the trading symbols of a watch list; the others are logged.

    Raises IngestError if there is none.
    """
    listing.check_named(named)
    for reason in listing.left_out.values() if ALL in named else ():
        logger.warning("%s", reason)
    wanted = listing.everything if ALL in named else tuple(named)
    waiting = [symbol for symbol in wanted if symbol not in listing]
    if len(waiting) == len(wanted):
        raise IngestError(listing.why_not(waiting[0]) if waiting else "no symbol of `all` trades")
    for symbol in waiting:
        logger.warning("%s; it is not recorded", listing.why_not(symbol))
    return tuple(symbol for symbol in wanted if symbol in listing)


async def _flushing(writer: CaptureWriter) -> None:
    """Flush periodically until cancelled, so that a killed recorder loses less than a second."""
    while True:
        await asyncio.sleep(FLUSH_INTERVAL_S)
        writer.flush()


async def run_record(
    settings: Settings, path: Path, stop: asyncio.Event, ready: Ready
) -> dict[str, Any]:
    """Record until `stop` is set or the venue has declared the end of every stream.

    Every symbol is synchronised as in ingest, so the file has a snapshot wherever a book needs
    one. `ready` is called once all streams are subscribed to. Returns the report. Raises
    IngestError if the venue, a symbol or the file is not available.
    """
    venue = venue_of(settings.ingest)
    named = normalized(settings.ingest.symbols)
    async with rest_client(venue, settings.ingest) as (rest, budget):
        listing = await ask_listing(venue, rest, budget, settings.ingest.rest_url)
        symbols = recordable(listing, named)
        with CaptureWriter(path) as writer:
            units = {symbol: listing.instrument(symbol) for symbol in symbols}
            for one in units.values():
                if one is not None and not one.counts_base:
                    writer.write(time.time_ns(), instrument_line(one))
            recording = _Recording(venue, writer)
            session = VenueSession(venue, settings.ingest, (), rest, recording, ready)
            for symbol, one in units.items():
                session.add(symbol, one)
            market = session.market

            def priced(told: PairPrice) -> None:
                recording.price(told)
                market.quotes.priced(told)

            rates = RatePoller(
                venue,
                rest,
                market.quotes.rates,
                lambda: list(market.feeds),
                listing,
                priced,
                market.quotes.fault,
            )
            await session.run(stop, (_flushing(writer), rates.run()))
            lines = writer.lines
        return {"file": str(path), "lines": lines, **build_report(session, {}, rest, budget)}
