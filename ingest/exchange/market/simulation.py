"""Serves the simulated market, paced by the wall clock."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ingest.exchange.config import ExchangeConfig
from ingest.exchange.errors import ExchangeError, VenueError
from ingest.exchange.hub import Hub
from ingest.exchange.listing import TRADING, symbol_entry
from ingest.exchange.market import payloads
from ingest.exchange.market.book import Side
from ingest.exchange.market.coin import Coins
from ingest.exchange.market.feed import SimulatedFeed
from ingest.exchange.market.simulated_symbol import SimulatedSymbol
from ingest.exchange.market.spec import SymbolSpec, spec_of
from ingest.exchange.statistics.history import SymbolHistory
from ingest.exchange.statistics.streams import ARRAY_MS, all_market_frames
from ingest.exchange.streamed.feed import StreamedFeed
from ingest.exchange.streamed.protocols import PROTOCOLS
from schemas.instrument import base_and_quote

TICK_MS = 50
"""The clock's step; a symbol's own step is a multiple of it."""
MAX_LAG_S = 2.0
START_GRID_MS = 1_000
"""Markets start on a whole second, so that frame intervals are the same wherever they start."""


async def keep_pace(speed: float, tick: Callable[[], None]) -> None:
    """Call `tick` for every TICK_MS of market time, in pace with the wall clock, until cancelled.

    Short delays are caught up; after a long one (a suspended machine) the market continues where it
    stopped.
    """
    tick_s = TICK_MS / 1000 / speed
    due_s = time.monotonic()
    while True:
        due_s += tick_s
        ahead_s = due_s - time.monotonic()
        if ahead_s < -MAX_LAG_S:
            due_s -= ahead_s
        # Always yield to the sockets, also while catching up.
        await asyncio.sleep(max(0.0, ahead_s))
        tick()


class Simulation:
    """All simulated symbols of a venue on one clock. They are independent, but for those of a coin
    that another venue of the same exchange leads."""

    def __init__(self, config: ExchangeConfig, coins: Coins | None = None) -> None:
        """Build the books. `coins`: those of all venues, where the exchange serves several.

        Raises ExchangeError for a symbol that is not simulated.
        """
        if config.speed == "max":
            raise ExchangeError("exchange speed: max is only for captures; give a number")
        self.speed = config.speed
        """Market seconds per second."""
        self._venue = config.venue
        self._coins = coins
        self._dialect = config.dialect
        start_ms = config.start_ms if config.start_ms is not None else int(time.time() * 1000)
        self._start_ms = start_ms - start_ms % START_GRID_MS
        self._now_ms = self._start_ms
        self._seed = config.seed
        self._journal_steps = config.journal_steps
        self._checksums = config.checksums
        self.protocol = PROTOCOLS.get(config.venue)
        """How books are sent on the stream; None where they begin with a REST snapshot."""
        self._feeds: dict[str, SimulatedFeed | StreamedFeed] = {}
        self._delisted: set[str] = set()
        self._left_out: dict[str, int] = {}
        self._stepped = asyncio.Event()
        for symbol in config.symbols or config.dialect.symbols:
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
        feed = self._feeds[symbol]
        if isinstance(feed, StreamedFeed):
            return feed.answer()
        return payloads.depth_snapshot(self.market(symbol), limit, self._dialect)

    def open_interest(self, symbol: str) -> dict[str, Any]:
        """Return the present open interest."""
        self._must_trade(symbol)
        return payloads.open_interest(self.market(symbol))

    def premium_index(self, symbol: str) -> dict[str, Any]:
        """Return the present mark price and funding."""
        return payloads.premium_index(self.market(symbol))

    def last_price(self, symbol: str) -> str:
        """Return the mark price of a symbol that exists."""
        if symbol not in self._feeds:
            raise VenueError(-1121, "Invalid symbol.")
        return f"{self.market(symbol).mark_price:.8f}"

    def recent_trades(self, symbol: str, limit: int) -> list[dict[str, Any]]:
        """Return the newest aggregated trades, oldest first."""
        return list(self._feeds[symbol].recent)[-limit:]

    def histories(self) -> dict[str, SymbolHistory]:
        """Return what each symbol remembers for statistics; none where the venue has none."""
        return {
            symbol: feed.statistics.history
            for symbol, feed in self._feeds.items()
            if isinstance(feed, SimulatedFeed) and feed.statistics is not None
        }

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
            if self.market(symbol).has_ended(interval_ms):
                return

    def book(self, symbol: str) -> dict[str, Any]:
        """Return all levels of the book as [price, base quantity] and, oldest first, the best
        levels after each of the newest steps as [update id, bid, quantity, ask, quantity]."""
        feed = self._feeds[symbol]
        market, journal = feed.market, feed.journal
        streamed = feed if isinstance(feed, StreamedFeed) else None
        number = market.last_update_id if streamed is None else streamed.number
        price, qty = market.spec.price_text, market.spec.base_qty
        levels = [
            [(float(price(tick)), qty(lots, tick)) for tick, lots in side.items()]
            for side in (market.book.levels if streamed is None else streamed.published)
        ]
        best = [
            (number, float(price(b)), qty(bq, b), float(price(a)), qty(aq, a))
            for number, b, bq, a, aq in journal
        ]
        return {
            "last_update_id": number,
            "is_window": streamed is not None,
            "bids": levels[Side.BID],
            "asks": levels[Side.ASK],
            "best": best,
        }

    def set_activity(self, symbol: str, factor: float) -> None:
        """Let makers and takers of a symbol act `factor` times as often as usual."""
        self.market(symbol).set_activity(factor)

    def check_symbol(self, symbol: str) -> None:
        """Raise ExchangeError for a symbol that cannot be simulated."""
        self._spec(symbol)

    def list_symbol(self, symbol: str) -> None:
        """Open trading of a symbol. Raises ExchangeError for one that cannot be simulated."""
        self._delisted.discard(symbol)
        if symbol not in self._feeds:
            self._add(symbol)

    def delist(self, symbol: str) -> None:
        """End trading of a symbol: no frames, no snapshots, status no longer TRADING."""
        self.market(symbol)
        self._delisted.add(symbol)

    def first_frame(self, stream: str) -> bytes | None:
        """Return the frame with which a subscription begins; None for a stream without one."""
        symbol = stream.partition("@")[0].upper()
        feed = self._feeds.get(symbol)
        if not isinstance(feed, StreamedFeed):
            return None
        if "@depth" in stream and self._left_out.get(symbol, 0) > 0:
            self._left_out[symbol] -= 1
            return None
        return feed.first(stream)

    def leave_out_first(self, symbol: str, count: int) -> None:
        """Let the next `count` subscriptions to a book begin without it."""
        self._left_out[symbol] = count

    def restart(self, symbol: str) -> bytes | None:
        """Number a book anew and return the frame that says so; None where books begin with a REST
        snapshot."""
        feed = self._feeds[symbol]
        return feed.restart() if isinstance(feed, StreamedFeed) else None

    def listing(self) -> dict[str, Any]:
        """Return the answer that lists the symbols of a streamed venue."""
        if self.protocol is None:
            raise VenueError(-1100, "Unknown path.")
        entries = [(self.market(s).spec, s not in self._delisted) for s in self._feeds]
        return self.protocol.listing(entries)

    async def run(self, hub: Hub) -> None:
        """Step in pace with the wall clock until cancelled."""
        await keep_pace(self.speed, lambda: self.tick(hub))

    def tick(self, hub: Hub) -> None:
        """Advance market time by TICK_MS and publish what happened."""
        self._now_ms += TICK_MS
        for symbol, feed in self._feeds.items():
            if symbol in self._delisted and feed.market.has_ended(START_GRID_MS):
                # Frames of all intervals have just ended, so no change is left unpublished.
                continue
            if feed.market.now_ms + feed.market.spec.step_ms <= self._now_ms:
                for stream, payload in feed.step(hub.has):
                    hub.publish(stream, payload)
        if self._dialect.all_markets and self._now_ms % ARRAY_MS == 0:
            for stream, payload in all_market_frames(
                self.histories().values(), self._now_ms, hub.has, self._dialect
            ):
                hub.publish(stream, payload)
        # Wakes current waiters only; later ones wait for the next step.
        self._stepped.set()
        self._stepped = asyncio.Event()

    def _add(self, symbol: str) -> None:
        place = len(self._feeds)
        follower = None if self._coins is None else self._coins.follower(self._venue, symbol)
        spec = self._spec(symbol)
        market = SimulatedSymbol(spec, self._seed, self._start_of(spec, place), place, follower)
        if self._coins is not None:
            self._coins.join(self._venue, market)
        self._feeds[symbol] = (
            SimulatedFeed(market, self._journal_steps, self._dialect)
            if self.protocol is None
            else StreamedFeed(market, self._journal_steps, self.protocol, proves=self._checksums)
        )

    def _start_of(self, spec: SymbolSpec, place: int) -> int:
        """Return when a market starts, ms: those with a long step not all in the same tick, else
        hundreds would publish at once and then nobody for the length of a step."""
        if self.protocol is not None:
            return self._now_ms
        return self._now_ms + place * TICK_MS % spec.step_ms

    def _spec(self, symbol: str) -> SymbolSpec:
        if self._dialect.is_streamed:
            base, quote = base_and_quote(symbol)
            return replace(spec_of(base + quote), symbol=symbol)
        return spec_of(symbol, self._dialect.usd_of_contract(symbol))

    def _must_trade(self, symbol: str) -> None:
        if symbol in self._delisted:
            raise VenueError(
                -4108,
                "Symbol is on delivering or delivered or settling or closed or pre-trading.",
            )
