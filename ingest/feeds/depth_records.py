"""Builds the depth records of one symbol in the order of publication. Pure.

Event times never run backwards: each record is a watermark for later ones.
"""

from ingest.venues.events import BookSnapshot, DepthUpdate
from schemas.market import (
    BookReset,
    DepthDiff,
    DepthHeartbeat,
    DepthSnapshot,
    ResetReason,
)
from schemas.record import SCHEMA_VERSION


class DepthRecords:
    """Builds records and keeps the newest watermark; an older time is raised to it."""

    __slots__ = ("_symbol", "_venue", "book_time", "promised")

    def __init__(self, venue: str, symbol: str) -> None:
        self._venue = venue
        self._symbol = symbol
        self.promised = 0
        """Event time of the newest record, ms; 0: there is none."""
        self.book_time = 0
        """Event time of the newest snapshot, ms; 0: there is none."""

    def snapshot(self, snapshot: BookSnapshot, received_us: int) -> DepthSnapshot:
        """Return the record that replaces the book."""
        self.book_time = self._lift(snapshot.event_time)
        return DepthSnapshot.trusted(
            {
                "schema_version": SCHEMA_VERSION,
                "venue": self._venue,
                "symbol": self._symbol,
                "kind": "snapshot",
                "event_time": self.book_time,
                "received_us": received_us,
                "last_update_id": snapshot.last_id,
                "bids": snapshot.bids,
                "asks": snapshot.asks,
            }
        )

    def diff(
        self,
        update: DepthUpdate,
        received_us: int,
        edges: tuple[float | None, float | None] = (None, None),
    ) -> DepthDiff:
        """Return the record that changes the book; `edges`: the outermost bid and ask in view."""
        return DepthDiff.trusted(
            {
                "schema_version": SCHEMA_VERSION,
                "venue": self._venue,
                "symbol": self._symbol,
                "kind": "diff",
                "event_time": self._lift(update.event_time),
                "received_us": received_us,
                "first_update_id": update.first_id,
                "last_update_id": update.last_id,
                "prev_update_id": update.prev_id,
                "bids": update.bids,
                "asks": update.asks,
                "bid_edge": edges[0],
                "ask_edge": edges[1],
            }
        )

    def reset(self, event_time: int, received_us: int, reason: ResetReason) -> BookReset:
        """Return the record that invalidates the book."""
        return BookReset(
            venue=self._venue,
            symbol=self._symbol,
            event_time=self._lift(event_time),
            received_us=received_us,
            reason=reason,
        )

    def heartbeat(self, event_time: int, received_us: int) -> DepthHeartbeat:
        """Return the record that confirms that the book has not changed."""
        return DepthHeartbeat(
            venue=self._venue,
            symbol=self._symbol,
            event_time=self._lift(event_time),
            received_us=received_us,
        )

    def _lift(self, event_time: int) -> int:
        self.promised = max(self.promised, event_time)
        return self.promised
