"""What the first lines of a capture tell before the reading of it begins: how the venue's clock
stands to the collector's, and what quote currencies are worth."""

import heapq
from collections.abc import Iterable, Iterator, Sequence

from ingest.capture import INSTRUMENT_MARK, CaptureLine
from ingest.errors import FrameError
from ingest.feeds.quote_rates import PairPrice, is_price_line, read_price
from ingest.venues.base import Venue
from ingest.venues.events import TradeRun, TradeUpdate
from ingest.venues.parsed import ParsedFrame

TRADES = (TradeUpdate, TradeRun)


class CaptureHead:
    """The first lines of a capture."""

    def __init__(self, venue: Venue, lines: Sequence[CaptureLine]) -> None:
        self._lines = lines
        self._frames = list(_sound_frames(venue, lines))

    def clock_offsets_ms(self) -> list[float]:
        """Return by how much each time that the venue states is ahead of the collector's, ms."""
        return [
            frame.stated_time - line.received_ns / 1e6
            for line, frame in self._frames
            if frame.stated_time
        ]

    def first_prices(self) -> Iterator[PairPrice]:
        """Give the first price of every market, so that rates hold from the start."""
        traded = (
            (line.number, last_price(frame.event))
            for line, frame in self._frames
            if isinstance(frame.event, TRADES)
        )
        seen: set[str] = set()
        for _, told in heapq.merge(_price_lines(self._lines), traded):
            if told.pair not in seen:
                seen.add(told.pair)
                yield told


def last_price(event: TradeUpdate | TradeRun) -> PairPrice:
    """Return the price of the newest trade of an event."""
    last = event.trades[-1] if isinstance(event, TradeRun) else event
    return PairPrice(event.symbol, last.trade.price)


def _sound_frames(
    venue: Venue, lines: Iterable[CaptureLine]
) -> Iterator[tuple[CaptureLine, ParsedFrame]]:
    """Give the sound frames among lines; the others are dead-lettered when their turn comes."""
    for line in lines:
        if not _is_frame(venue, line):
            continue
        try:
            yield line, venue.parse(line.payload)
        except FrameError:
            continue


def _price_lines(lines: Iterable[CaptureLine]) -> Iterator[tuple[int, PairPrice]]:
    for line in lines:
        if not line.fault and is_price_line(line.payload):
            try:
                yield line.number, read_price(line.payload)
            except FrameError:
                # Dead-lettered when its turn comes.
                continue


def _is_frame(venue: Venue, line: CaptureLine) -> bool:
    """Whether a line is a frame of a stream: neither an answer nor a line of our own."""
    own = line.payload.startswith(INSTRUMENT_MARK) or is_price_line(line.payload)
    return not (line.fault or own or venue.is_depth_answer(line.payload))
