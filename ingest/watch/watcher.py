"""Makes a session follow the symbols of the watch list that trade on the venue."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Final

from ingest.errors import FrameError
from ingest.rest_api.client import RestError
from ingest.rest_api.poller import OpenInterestPoller
from ingest.venue_session import VenueSession
from ingest.watch.symbols import ALL, VenueListing
from ingest.watch.watch_topic import WatchTopic
from ingest.watch.watchlist import WatchList, changes
from schemas.market import StreamState
from schemas.settings import IngestSettings

logger = logging.getLogger(__name__)

RELIST_PAUSE_S: Final = 60.0
"""Shortest pause between two refreshes of the listing for symbols that do not trade."""
RELIST_RETRY_S: Final = 5.0
REMOVED: Final = "removed from the watch list"


class Watcher:
    """Adds and removes symbols while the session runs.

    A symbol that cannot be followed is reported on `market.status` under a stream named like the
    symbol in lower case: DOWN with the reason, UP once it is followed.
    """

    def __init__(
        self,
        settings: IngestSettings,
        watch_list: WatchList,
        listing: VenueListing,
        session: VenueSession,
        poller: OpenInterestPoller,
        refuse: Callable[[str, str, bytes], None],
    ) -> None:
        """`refuse(source, reason, raw)` dead-letters an unreadable entry of the listing."""
        self._settings = settings
        self._watch_list = watch_list
        self._listing = listing
        self._session = session
        self._poller = poller
        self._refuse = refuse
        self._rare = rare_symbols(settings)
        self._told: dict[str, str] = {}
        """Last reported reason why a symbol is not followed."""
        self._refused: frozenset[bytes] = frozenset()
        self._listed_s = asyncio.get_running_loop().time()

    def apply(self) -> None:
        """Follow exactly the symbols of the watch list that trade."""
        self._refuse_broken()
        wanted = self._watch_list.symbols
        known = [symbol for symbol in wanted if symbol in self._listing]
        self._tell({s: self._listing.why_not(s) for s in wanted if s not in self._listing}, known)
        added, removed = changes(self._session.symbols, known)
        for symbol in removed:
            trades = symbol in self._listing
            reason = REMOVED if trades else self._listing.why_not(symbol)
            logger.info("symbol %s is not followed any more: %s", symbol, reason)
            self._session.remove(symbol, reason)
        for symbol in added:
            logger.info("symbol %s is followed from now on", symbol)
            self._session.add(symbol, self._listing.instrument(symbol))
        for symbol in self._poller.symbols - set(known):
            self._poller.remove(symbol)
        for symbol in known:
            rarely = symbol in self._rare
            interval_s = (
                self._settings.smart_money_interval_s
                if rarely
                else self._settings.open_interest_interval_s
            )
            self._poller.add(symbol, interval_s)

    async def follow_commands(self, topic: WatchTopic) -> None:
        """Carry out commands as they come, until cancelled."""
        while True:
            ours = [self._watch_list.take(command) for command in await topic.next()]
            if not any(ours):
                continue
            await self._relist_for(self._watch_list.symbols)
            self.apply()

    async def follow_listing(self) -> None:
        """Refresh the listing periodically, sooner while a symbol waits; until cancelled."""
        while True:
            if self._listing.is_known:
                await asyncio.sleep(self._pause_s())
            await self._relist()
            if not self._listing.is_known:
                await asyncio.sleep(RELIST_RETRY_S)
            self.apply()

    def _pause_s(self) -> float:
        waits = any(
            symbol not in self._listing and self._listing.is_listed(symbol)
            for symbol in self._watch_list.symbols
        )
        interval_s = self._settings.listing_interval_s
        return min(interval_s, RELIST_PAUSE_S) if waits else interval_s

    async def _relist_for(self, symbols: Sequence[str]) -> None:
        now_s = asyncio.get_running_loop().time()
        stale = now_s - self._listed_s >= RELIST_PAUSE_S
        if stale and any(symbol not in self._listing for symbol in symbols):
            await self._relist()

    async def _relist(self) -> None:
        self._listed_s = asyncio.get_running_loop().time()
        try:
            await self._listing.refresh()
        except (RestError, FrameError) as error:
            logger.warning("refresh of the symbol listing failed: %s", error)
            return
        self._watch_list.configure(configured(self._settings, self._listing))

    def _refuse_broken(self) -> None:
        broken = self._listing.broken
        for entry in broken:
            if entry.raw not in self._refused:
                name = entry.symbol or "entry without a symbol"
                self._refuse(f"listing {name}", entry.reason, entry.raw)
        self._refused = frozenset(entry.raw for entry in broken)

    def _tell(self, waiting: dict[str, str], known: Sequence[str]) -> None:
        if ALL in _upper(self._settings.symbols):
            left_out = self._listing.left_out.items()
            waiting.update((symbol, why) for symbol, why in left_out if symbol not in known)
        for symbol in sorted(waiting):
            if self._told.get(symbol) != waiting[symbol]:
                logger.warning("%s", waiting[symbol])
                self._note(symbol, StreamState.DOWN, waiting[symbol])
        for symbol in sorted(self._told.keys() - waiting.keys()):
            if symbol in known:
                self._note(symbol, StreamState.UP, "trades; followed from now on")
            else:
                self._note(symbol, StreamState.DOWN, REMOVED)
        self._told = waiting
        self._session.note_waiting(len(waiting))

    def _note(self, symbol: str, state: StreamState, reason: str) -> None:
        self._session.market.health.note(symbol.lower(), symbol, state, reason)


def configured(settings: IngestSettings, listing: VenueListing) -> tuple[str, ...]:
    """Return the configured symbols; for `all` and the smart-money list only those that trade."""
    symbols = _upper(settings.symbols)
    watched = listing.everything if ALL in symbols else symbols
    smart = (symbol for symbol in _upper(settings.smart_money_symbols) if symbol in listing)
    return tuple(dict.fromkeys((*watched, *smart)))


def rare_symbols(settings: IngestSettings) -> frozenset[str]:
    """Return the symbols polled at the slower interval of the smart-money reading."""
    watched = _upper(settings.symbols)
    if ALL in watched:
        return frozenset()
    return frozenset(_upper(settings.smart_money_symbols)) - frozenset(watched)


def _upper(symbols: Sequence[str]) -> tuple[str, ...]:
    return tuple(symbol.strip().upper() for symbol in symbols if symbol.strip())
