"""Makes a session follow what the watch list and the venue's listing say."""

import asyncio
import logging
from collections.abc import Sequence
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
"""Symbols that nobody knows do not make the venue be asked more often than this."""
RELIST_RETRY_S: Final = 5.0


class Watcher:
    """Adds and removes symbols while the session runs."""

    def __init__(
        self,
        settings: IngestSettings,
        watch_list: WatchList,
        listing: VenueListing,
        session: VenueSession,
        poller: OpenInterestPoller,
    ) -> None:
        self._settings = settings
        self._watch_list = watch_list
        self._listing = listing
        self._session = session
        self._poller = poller
        self._rare = rare_symbols(settings)
        self._reported: set[str] = set()
        self._listed_s = asyncio.get_running_loop().time()

    def apply(self) -> None:
        """Follow what should be followed and trades, and nothing else."""
        wanted = self._watch_list.symbols
        unknown = {symbol for symbol in wanted if symbol not in self._listing}
        for symbol in sorted(unknown - self._reported):
            self._tell_unknown(symbol)
        self._reported = unknown
        known = [symbol for symbol in wanted if symbol not in unknown]
        added, removed = changes(self._session.symbols, known)
        for symbol in removed:
            logger.info("symbol %s is not followed any more", symbol)
            self._session.remove(symbol)
        for symbol in added:
            logger.info("symbol %s is followed from now on", symbol)
            self._session.add(symbol)
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
        """Ask the venue now and then which symbols trade, until cancelled."""
        while True:
            if self._listing.is_known:
                await asyncio.sleep(self._settings.listing_interval_s)
            await self._relist()
            if not self._listing.is_known:
                await asyncio.sleep(RELIST_RETRY_S)
            self.apply()

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
            logger.warning("the list of symbols could not be had: %s", error)
            return
        self._watch_list.configure(configured(self._settings, self._listing))

    def _tell_unknown(self, symbol: str) -> None:
        reason = self._listing.unknown(symbol)
        logger.warning("%s", reason)
        stream = symbol.lower()
        self._session.market.health.note(stream, symbol, StreamState.DOWN, reason)


def configured(settings: IngestSettings, listing: VenueListing) -> tuple[str, ...]:
    """Return the configured symbols; `all` and the smart-money list as far as they trade."""
    symbols = _upper(settings.symbols)
    watched = listing.everything if ALL in symbols else symbols
    smart = (symbol for symbol in _upper(settings.smart_money_symbols) if symbol in listing)
    return tuple(dict.fromkeys((*watched, *smart)))


def rare_symbols(settings: IngestSettings) -> frozenset[str]:
    """Return the symbols that are polled at the interval of the smart-money reading."""
    watched = _upper(settings.symbols)
    if ALL in watched:
        return frozenset()
    return frozenset(_upper(settings.smart_money_symbols)) - frozenset(watched)


def _upper(symbols: Sequence[str]) -> tuple[str, ...]:
    return tuple(symbol.strip().upper() for symbol in symbols if symbol.strip())
