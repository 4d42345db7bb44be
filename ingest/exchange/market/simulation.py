"""Serves the simulated market, paced by the wall clock."""

import asyncio
import time
from typing import Any

from ingest.exchange.config import ExchangeConfig
from ingest.exchange.errors import ExchangeError, VenueError
from ingest.exchange.hub import Hub
from ingest.exchange.listing import TRADING, symbol_entry
from ingest.exchange.market import payloads
from ingest.exchange.market.book import Side
from ingest.exchange.market.feed import SimulatedFeed
from ingest.exchange.market.simulated_symbol import SimulatedSymbol
from ingest.exchange.market.spec import DEFAULT_SYMBOLS, spec_of

TICK_MS = 50
"""The clock's step; a symbol's own step is a multiple of it."""
MAX_LAG_S = 2.0
START_GRID_MS = 1_000
"""Markets start on a whole second, so that frame intervals are the same wherever they start."""


class Simulation:
    """All simulated symbols on one clock; they are independent."""

    def __init__(self, config: ExchangeConfig) -> None:
        """Build the books. Raises ExchangeError for a symbol that is not simulated."""
        if config.speed == "max":
            raise ExchangeError("exchange speed: max is only for captures; give a number")
        self._speed = config.speed
        self._dialect = config.dialect
        start_ms = config.start_ms if config.start_ms is not None else int(time.time() * 1000)
        self._start_ms = start_ms - start_ms % START_GRID_MS
        self._now_ms = self._start_ms
        self._seed = config.seed
        self._journal_steps = config.journal_steps
        self._feeds: dict[str, SimulatedFeed] = {}
        self._delisted: set[str] = set()
        self._stepped = asyncio.Event()
        for symbol in config.symbols or DEFAULT_SYMBOLS:
            self._add(symbol)

    @property
    def symbols(self) -> tuple[str, ...]:
        """Symbols of the market."""
        return tuple(self._feeds)

    @property
    def now_ms(self) -> int:
        """Market time, ms."""
        return self._now_ms

    @property
    def finished(self) -> bool:
        """Always False: a simulated market never ends."""
        return False

    def market(self, symbol: str) -> SimulatedSymbol:
        """Return one symbol's market, with its log of episodes."""
        return self._feeds[symbol].market

    def symbol_info(self) -> list[dict[str, Any]]:
        """Return the `symbols` of exchangeInfo."""
        entries = []
        for symbol in self._feeds:
            spec = self.market(symbol).spec
            entries.append(
                symbol_entry(
                    self._dialect,
                    symbol,
                    price_precision=spec.price_decimals,
                    tick_size=spec.price_text(1),
                    quantity_precision=spec.qty_decimals,
                    step_size=spec.qty_text(1),
                    status=self._dialect.halted if symbol in self._delisted else TRADING,
                )
            )
        return entries

    async def depth(self, symbol: str, limit: int) -> bytes:
        """Return the book after the last step."""
        self._must_trade(symbol)
        return payloads.depth_snapshot(self.market(symbol), limit, self._dialect)

    def open_interest(self, symbol: str) -> dict[str, Any]:
        """Return the present open interest."""
        self._must_trade(symbol)
        return payloads.open_interest(self.market(symbol))

    def premium_index(self, symbol: str) -> dict[str, Any]:
        """Return the present mark price and funding."""
        return payloads.premium_index(self.market(symbol))

    def recent_trades(self, symbol: str, limit: int) -> list[dict[str, Any]]:
        """Return the newest aggregated trades, oldest first."""
        return list(self._feeds[symbol].recent)[-limit:]

    def status(self) -> dict[str, Any]:
        """Return market time and the actors' episodes so far."""
        episodes = {}
        for symbol in self._feeds:
            counts: dict[str, int] = {}
            for episode in self.market(symbol).log.episodes:
                if episode.ended_ms is not None and episode.clean:
                    counts[episode.expected] = counts.get(episode.expected, 0) + 1
            episodes[symbol] = dict(sorted(counts.items()))
        return {"market_ms": self._now_ms - self._start_ms, "episodes": episodes}

    async def frame_boundary(self, symbol: str, interval_ms: int) -> None:
        """Wait until a depth frame of this interval has just been published."""
        while True:
            await self._stepped.wait()
            if interval_ms == 0 or self.market(symbol).now_ms % interval_ms == 0:
                return

    def book(self, symbol: str) -> dict[str, Any]:
        """Return all levels of the book as [price, quantity] and, oldest first, the best levels
        after each of the newest steps as [update id, bid, quantity, ask, quantity]."""
        market, journal = self.market(symbol), self._feeds[symbol].journal
        price, qty = market.spec.price_text, market.spec.qty_text
        levels = [
            [(float(price(tick)), float(qty(lots))) for tick, lots in side.items()]
            for side in market.book.levels
        ]
        best = [
            (number, float(price(b)), float(qty(bq)), float(price(a)), float(qty(aq)))
            for number, b, bq, a, aq in journal
        ]
        return {
            "last_update_id": market.last_update_id,
            "bids": levels[Side.BID],
            "asks": levels[Side.ASK],
            "best": best,
        }

    def set_activity(self, symbol: str, factor: float) -> None:
        """Let makers and takers of a symbol act `factor` times as often as usual."""
        self.market(symbol).set_activity(factor)

    def check_symbol(self, symbol: str) -> None:
        """Raise ExchangeError for a symbol that cannot be simulated."""
        spec_of(symbol)

    def list_symbol(self, symbol: str) -> None:
        """Open trading of a symbol. Raises ExchangeError for one that cannot be simulated."""
        self._delisted.discard(symbol)
        if symbol not in self._feeds:
            self._add(symbol)

    def delist(self, symbol: str) -> None:
        """End trading of a symbol: no frames, no snapshots, status no longer TRADING."""
        self.market(symbol)
        self._delisted.add(symbol)

    async def run(self, hub: Hub) -> None:
        """Step in pace with the wall clock until cancelled.

        Short delays are caught up; after a long one (a suspended machine) the market continues
        where it stopped.
        """
        tick_s = TICK_MS / 1000 / self._speed
        due_s = time.monotonic()
        while True:
            due_s += tick_s
            ahead_s = due_s - time.monotonic()
            if ahead_s < -MAX_LAG_S:
                due_s -= ahead_s
            # Always yield to the sockets, also while catching up.
            await asyncio.sleep(max(0.0, ahead_s))
            self.tick(hub)

    def tick(self, hub: Hub) -> None:
        """Advance market time by TICK_MS and publish what happened."""
        self._now_ms += TICK_MS
        for symbol, feed in self._feeds.items():
            if symbol in self._delisted and feed.market.now_ms % START_GRID_MS == 0:
                # Frames of all intervals have just ended, so no change is left unpublished.
                continue
            if feed.market.now_ms + feed.market.spec.step_ms <= self._now_ms:
                for stream, payload in feed.step(hub.has):
                    hub.publish(stream, payload)
        # Wakes current waiters only; later ones wait for the next step.
        self._stepped.set()
        self._stepped = asyncio.Event()

    def _add(self, symbol: str) -> None:
        place = len(self._feeds)
        market = SimulatedSymbol(spec_of(symbol), self._seed, self._now_ms, place)
        self._feeds[symbol] = SimulatedFeed(market, self._journal_steps, self._dialect)

    def _must_trade(self, symbol: str) -> None:
        if symbol in self._delisted:
            raise VenueError(
                -4108,
                "Symbol is on delivering or delivered or settling or closed or pre-trading.",
            )
