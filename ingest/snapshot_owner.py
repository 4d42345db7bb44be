"""Whose a snapshot is that does not name its symbol, as plain REST answers in a capture do not."""

from collections.abc import Mapping

from ingest.feeds.symbol_feed import SymbolFeed
from ingest.venues.events import BookSnapshot


class SnapshotOwner:
    """Knows which symbols' depth frames came, the newest last."""

    def __init__(self) -> None:
        self._newest_depth: list[str] = []

    @property
    def knows_any(self) -> bool:
        """Whether any depth frame has come."""
        return bool(self._newest_depth)

    def heard(self, symbol: str) -> None:
        """A depth frame of `symbol` has come."""
        if not self._newest_depth or self._newest_depth[-1] != symbol:
            self._newest_depth = [other for other in self._newest_depth if other != symbol]
            self._newest_depth.append(symbol)

    def of(self, snapshot: BookSnapshot, feeds: Mapping[str, SymbolFeed]) -> SymbolFeed | None:
        """Return the feed whose buffered updates connect to the snapshot, else the waiting one
        with the newest depth frame; None: nobody waits for one."""
        newest_first = [feeds[symbol] for symbol in reversed(self._newest_depth)]
        waiting = [feed for feed in newest_first if feed.depth.waits_for_snapshot]
        connected = (feed for feed in waiting if feed.depth.would_bridge(snapshot))
        return next(connected, waiting[0] if waiting else None)
