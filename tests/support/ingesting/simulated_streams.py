"""One symbol of the built-in exchange, read as it is published: no network, no clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ingest.exchange.market import payloads
from ingest.exchange.market.feed import SimulatedFeed
from ingest.exchange.market.simulated_symbol import SimulatedSymbol
from ingest.exchange.market.spec import spec_of
from ingest.feeds.symbol_feed import Emit, SymbolFeed
from ingest.venues.events import DepthUpdate, MarkPrice, TradeUpdate
from ingest.venues.registry import venue_of
from schemas.settings import Settings

STREAMS: Final = ("@depth@100ms", "@aggTrade", "@markPrice@1s")


class SimulatedStreams:
    """The depth, trades and mark price of a simulated market on their way into a feed."""

    def __init__(self, symbol: str, start_ms: int, settings: Settings, emit: Emit) -> None:
        self._venue = venue_of(settings.ingest)
        self._market = SimulatedSymbol(spec_of(symbol), 1, start_ms)
        self._frames = SimulatedFeed(self._market)
        self.feed = SymbolFeed(
            self._venue.name, symbol, self._venue.sequence, settings.ingest, emit
        )

    @property
    def now_ms(self) -> int:
        """Time of the market, ms."""
        return self._market.now_ms

    def step(self, least_ms: Callable[[], int]) -> list[TradeUpdate | MarkPrice]:
        """Let the market go on; return what its trade connection said. `least_ms`: as in
        `SymbolFeed.on_clock`, asked at each mark price."""
        said: list[TradeUpdate | MarkPrice] = []
        published = list(self._frames.step(lambda stream: stream.endswith(STREAMS)))
        now_us, now_ms = self.now_ms * 1_000, float(self.now_ms)
        for stream, payload in published:
            raw = b'{"stream":"%s","data":%s}' % (stream.encode(), payload)
            match self._venue.parse(raw).event:
                case DepthUpdate() as update:
                    self.feed.on_depth(update, now_us, now_ms)
                case TradeUpdate() as trade:
                    self.feed.take_trades(trade, now_us, now_ms)
                    said.append(trade)
                case MarkPrice() as mark:
                    self.feed.on_clock(mark.sent_time, now_us, now_ms, least_ms())
                    said.append(mark)
        if self.feed.depth.wants_snapshot:
            self.feed.depth.snapshot_requested()
            snapshot = payloads.depth_snapshot(self._market, 1_000)
            parsed = self._venue.parse_snapshot(snapshot, self.feed.symbol)
            self.feed.on_snapshot(parsed, now_us, now_ms)
        return said
