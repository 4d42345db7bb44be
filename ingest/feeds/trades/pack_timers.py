"""Publishes open trade packs when they are due."""

import asyncio
from collections.abc import Callable

from ingest.feeds.symbol_feed import SymbolFeed


class PackTimers:
    """At most one timer per symbol."""

    def __init__(self, now_ms: Callable[[], float]) -> None:
        """`now_ms`: the event loop's time, ms."""
        self._now_ms = now_ms
        self._loop = asyncio.get_running_loop()
        self._timers: dict[str, asyncio.TimerHandle] = {}

    def arm(self, feed: SymbolFeed) -> None:
        """Schedule the open pack of a feed, if any, for its due time."""
        due_ms = feed.trades.due_ms
        if due_ms is not None and feed.symbol not in self._timers:
            self._timers[feed.symbol] = self._loop.call_at(due_ms / 1_000, self._due, feed)

    def forget(self, symbol: str) -> None:
        """Cancel the timer of a removed symbol."""
        timer = self._timers.pop(symbol, None)
        if timer is not None:
            timer.cancel()

    def clear(self) -> None:
        """Cancel all timers."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _due(self, feed: SymbolFeed) -> None:
        del self._timers[feed.symbol]
        # Not `tick`: a timer may fire slightly early, and the pack would wait once more.
        feed.flush(self._now_ms())
