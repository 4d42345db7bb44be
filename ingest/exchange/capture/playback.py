"""Replays a capture byte for byte at a chosen speed, with no frame lost."""

import asyncio
import logging
import time
from typing import Any

from ingest.errors import FrameError
from ingest.exchange.capture.audience import missing_listeners, streams_of
from ingest.exchange.capture.frames import (
    CapturedFrame,
    CapturedSnapshot,
    Malformed,
    limited,
    parse_diff,
    parse_line,
)
from ingest.exchange.capture.index import CaptureIndex, index_capture
from ingest.exchange.capture.lines import read_lines
from ingest.exchange.capture.pace import Pace
from ingest.exchange.capture.played_symbol import PlayedSymbol
from ingest.exchange.config import ExchangeConfig
from ingest.exchange.errors import ExchangeError, VenueError
from ingest.exchange.hub import Hub
from ingest.exchange.listing import symbol_entry
from ingest.exchange.statistics.history import SymbolHistory
from ingest.feeds.quote_rates import is_price_line, read_price

logger = logging.getLogger(__name__)

MALFORMED = "malformed"
"""Stream name under which frames without one are counted."""

_NOT_CAPTURED = -1000
_TRY_AGAIN = -1001
_HELD_LEVELS = 1_000


class Playback:
    """A capture as a market.

    The clock starts once depth and trades of every played symbol have a listener. At a captured
    snapshot that a client needs (the first, or the first after a gap) it is held until a client
    has fetched exactly that snapshot, so the first applied diff is the same in every run. A client
    that asks for another symbol's meanwhile gets the next captured one of that symbol at once: it
    may have no requests left for the symbol that holds the clock. The clock is paused while depth
    or trades have no listener.
    """

    def __init__(self, config: ExchangeConfig) -> None:
        """Read the file once. Raises ExchangeError if it or a wanted symbol cannot be played."""
        if config.file is None:
            raise ExchangeError("exchange file: mode capture needs a capture; give its path")
        self._dialect = config.dialect
        self._index: CaptureIndex = index_capture(config.file, self._dialect)
        self._speed = config.speed
        self._snapshot_wait_s = config.snapshot_wait_s
        self._hold_limit_s = config.hold_limit_s
        self._symbols = {
            name: PlayedSymbol(self._index.symbols[name], self._index.symbols[name].snapshots)
            for name in self._index.chosen(config.symbols)
        }
        # The last ones are not kept where they would take too much memory.
        kept = zip(self._index.snapshot_symbols, self._index.packed_snapshots, strict=False)
        for name, packed in kept:
            if name in self._symbols:
                self._symbols[name].ahead.append(packed)
        self._now_ms = max(
            (s.index.first_event_ms for s in self._symbols.values()), default=0
        ) or int(time.time() * 1000)
        self._indexes = {name: state.index for name, state in self._symbols.items()}
        self._prices = dict(self._index.prices)
        self._lines_played = 0
        self._skipped = 0
        self._waiting_for: list[str] = []
        self._finished = False
        self._progress = asyncio.Event()
        self._pace = Pace(config.speed)
        self._snapshot_owners = iter(self._index.snapshot_symbols)

    @property
    def symbols(self) -> tuple[str, ...]:
        """Symbols that are played."""
        return tuple(self._symbols)

    @property
    def now_ms(self) -> int:
        """Event time of the newest depth frame, ms."""
        return self._now_ms

    @property
    def finished(self) -> bool:
        """Whether every frame was delivered and the connections were closed."""
        return self._finished

    def symbol_info(self) -> list[dict[str, Any]]:
        """Return the exchangeInfo entries, with tick and lot sizes derived from the capture."""
        return [
            symbol_entry(
                self._dialect,
                name,
                price_precision=state.index.price.decimals,
                tick_size=state.index.price.step,
                quantity_precision=state.index.qty.decimals,
                step_size=state.index.qty.step,
            )
            for name, state in self._symbols.items()
        ]

    def listing(self) -> dict[str, Any]:
        """Refuse: captures of venues whose books come on the stream are not played."""
        raise VenueError(_NOT_CAPTURED, "This listing is not part of a capture.")

    async def depth(self, symbol: str, limit: int) -> bytes:
        """Return the held snapshot, otherwise the book as played so far.

        While the clock is held for another symbol: the next captured snapshot. Waits while the
        capture is about to reach a snapshot; raises VenueError (503) when that takes too long.
        """
        state = self._symbols[symbol]
        if not state.index.has_depth:
            raise VenueError(_NOT_CAPTURED, "The order book is not part of this capture.")
        try:
            async with asyncio.timeout(self._snapshot_wait_s):
                while state.held is None and state.is_about_to_hold and not self._finished:
                    if self._held and (ahead := state.serve_ahead()) is not None:
                        return limited(ahead, limit)
                    await self._progress.wait()
        except TimeoutError:
            raise VenueError(_TRY_AGAIN, "Not ready; please try again.", status=503) from None
        held = state.fetch()
        return state.book.snapshot(limit) if held is None else limited(held, limit)

    def open_interest(self, symbol: str) -> dict[str, Any]:
        """Refuse: captures hold no open interest."""
        raise VenueError(_NOT_CAPTURED, "Open interest is not part of this capture.")

    def premium_index(self, symbol: str) -> dict[str, Any]:
        """Refuse: captures hold no REST mark price."""
        raise VenueError(_NOT_CAPTURED, "The mark price is not part of this capture.")

    def last_price(self, symbol: str) -> str:
        """Return the newest captured price of a pair, else the one at which its book began."""
        if (told := self._prices.get(symbol)) is not None:
            return told
        state = self._symbols.get(symbol)
        if state is None or not state.index.first_price:
            raise VenueError(-1121, "Invalid symbol.")
        return repr(state.book.best_bid() or state.index.first_price)

    def recent_trades(self, symbol: str, limit: int) -> list[dict[str, Any]]:
        """Refuse: trades are served on their stream only."""
        raise VenueError(_NOT_CAPTURED, "Trades of this capture are served on their stream only.")

    def histories(self) -> dict[str, SymbolHistory]:
        """Refuse: captures hold no statistics."""
        raise VenueError(_NOT_CAPTURED, "Statistics are not part of this capture.")

    @property
    def notices(self) -> tuple[str, ...]:
        """Warnings about the capture, for the user."""
        return self._index.notices

    def status(self) -> dict[str, Any]:
        """Return the playback's progress and what it waits for."""
        return {
            "file": str(self._index.path),
            "speed": self._speed,
            "lines": self._index.lines,
            "lines_played": self._lines_played,
            "frames_of_other_symbols": self._skipped,
            "waiting_for": self._waiting_for,
            "held_for_snapshot": self._held,
        }

    @property
    def _held(self) -> list[str]:
        """Symbols whose snapshot holds the clock."""
        return [name for name, state in self._symbols.items() if state.held is not None]

    async def run(self, hub: Hub) -> None:
        """Play the file once, then close all connections with 4001."""
        await self._listened(hub, start=True)
        version = hub.version
        first = True
        for line in read_lines(self._index.path):
            if first:
                self._pace.restart(line.received_ns)
                first = False
            await self._pace.wait(line.received_ns)
            if hub.version != version:
                if await self._listened(hub, start=False):
                    self._pace.restart(line.received_ns)
                version = hub.version
            if await self._play(hub, line.payload):
                self._pace.restart(line.received_ns)
            self._lines_played += 1
        await hub.end_of_stream()
        self._finished = True
        self._notify()
        # Clients that connected while the others were being closed.
        await hub.end_of_stream()

    async def _play(self, hub: Hub, payload: bytes) -> bool:
        """Play one line; return True if the clock was held."""
        if is_price_line(payload):
            self._note_price(payload)
            return False
        parsed = parse_line(payload, self._dialect)
        if isinstance(parsed, CapturedSnapshot):
            return await self._reach(next(self._snapshot_owners), parsed, payload)
        if isinstance(parsed, Malformed):
            await self._deliver_malformed(hub, parsed, payload)
            return False
        state = self._symbols.get(parsed.symbol)
        if state is None:
            self._skipped += 1
            return False
        is_diff = parsed.is_depth and self._apply(state, parsed)
        for stream in streams_of(parsed.stream, state.index, self._dialect):
            await hub.deliver(stream, parsed.data)
        if is_diff and state.due is not None:
            due, state.due = state.due, None
            await self._hold(state, due)
            return True
        return False

    def _note_price(self, payload: bytes) -> None:
        try:
            pair, price = read_price(payload)
        except FrameError:
            # A reader of the file tells of it.
            return
        self._prices[pair] = repr(price)

    def _apply(self, state: PlayedSymbol, frame: CapturedFrame) -> bool:
        diff = parse_diff(frame.data, self._dialect)
        if diff is None:
            return False
        state.book.apply(diff, keep=state.snapshots_ahead > 0)
        self._now_ms = max(self._now_ms, diff.event_ms)
        if state.book.diffs == 1 and state.index.snapshots == 0:
            # No snapshot in the capture: clients start from the book that the first diff gives.
            state.due = state.book.snapshot(_HELD_LEVELS)
        return True

    async def _reach(self, symbol: str, snapshot: CapturedSnapshot, payload: bytes) -> bool:
        state = self._symbols.get(symbol)
        if state is None:
            return False
        needed = not state.reached() and not state.book.synced
        state.book.reset(snapshot)
        self._now_ms = max(self._now_ms, snapshot.event_ms)
        if not needed:
            return False
        if state.book.diffs == 0:
            state.due = payload
            return False
        await self._hold(state, payload)
        return True

    async def _hold(self, state: PlayedSymbol, payload: bytes) -> None:
        state.hold(payload)
        self._notify()
        try:
            async with asyncio.timeout(self._hold_limit_s):
                await state.fetched.wait()
        except TimeoutError:
            state.fetch()
            logger.warning(
                "no client asked for a book of %s in %g s: the capture goes on",
                next(name for name, one in self._symbols.items() if one is state),
                self._hold_limit_s,
            )

    async def _deliver_malformed(self, hub: Hub, line: Malformed, payload: bytes) -> None:
        """Send a malformed line to its stream's listeners, else to one connection."""
        symbol = line.stream.partition("@")[0].upper()
        state = self._symbols.get(symbol)
        if state is not None:
            names = streams_of(line.stream, state.index, self._dialect)
            targets = [stream for stream in names if hub.has(stream)]
            if targets:
                for stream in targets:
                    await hub.deliver_as_is(stream, payload)
                return
        elif symbol in self._index.symbols:
            return
        client = hub.first(self._dialect.tape_route) or hub.first(self._dialect.book_route)
        if client is not None:
            await client.put(MALFORMED, payload)

    async def _listened(self, hub: Hub, start: bool) -> bool:
        """Wait for listeners; return True if it had to wait.

        At the start every symbol needs its own; later one depth and one trade listener are enough,
        so that a client may drop a symbol.
        """
        waited = False
        while missing := missing_listeners(hub, self._indexes, self._dialect, every=start):
            waited = True
            self._waiting_for = missing
            await hub.changed()
        self._waiting_for = []
        return waited

    def _notify(self) -> None:
        self._progress.set()
        self._progress = asyncio.Event()
