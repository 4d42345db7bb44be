"""Hands what a venue tells of a book to its feed, and says what became of the book."""

import logging
from collections.abc import Callable

from ingest.feeds.symbol_feed import SymbolFeed
from ingest.ops.health_board import HealthBoard
from ingest.venues.base import Venue
from ingest.venues.events import BookSnapshot, DepthUpdate

logger = logging.getLogger(__name__)


class BookIntake:
    """The way of depth into the feeds of all symbols of a venue. Times are microseconds since the
    epoch where they are called `received_us`, and ms of the packing clock otherwise."""

    def __init__(
        self,
        venue: Venue,
        health: HealthBoard,
        want_snapshot: Callable[[SymbolFeed], None],
        on_image: Callable[[str], None],
    ) -> None:
        """`want_snapshot` is called for a book that needs one, `on_image` for a symbol whose book
        came on its stream."""
        self._venue, self._health = venue, health
        self._want_snapshot, self._on_image = want_snapshot, on_image

    def stream(
        self,
        feed: SymbolFeed,
        update: DepthUpdate | BookSnapshot,
        received_us: int,
        now_ms: float,
    ) -> None:
        """Take an update or an image from a stream."""
        counts = feed.depth.counts
        gaps, overflows, too_large = counts.gaps, counts.overflows, counts.too_large
        contradictions = counts.contradictions
        if isinstance(update, BookSnapshot):
            feed.on_image(update, received_us, now_ms)
            if feed.depth.synced:
                self._on_image(feed.symbol)
        else:
            feed.on_depth(update, received_us, now_ms)
        if counts.gaps != gaps:
            self._tell(feed, f"sequence gap before update {_first_id(update)}")
        if counts.overflows != overflows:
            self._tell(feed, "outbox full, a depth record was dropped")
        if counts.too_large != too_large:
            self._tell(feed, "a depth record exceeded the record size limit")
        self._tell_contradiction(feed, contradictions)
        if feed.depth.wants_snapshot:
            self._want_snapshot(feed)

    def snapshot_leaves(self, feed: SymbolFeed) -> None:
        """A snapshot request was sent."""
        stream = self._venue.depth_stream(feed.symbol)
        self._health.resync(stream, feed.symbol, "snapshot requested")

    def snapshot(
        self, feed: SymbolFeed, snapshot: BookSnapshot, received_us: int, now_ms: float
    ) -> None:
        """Take a REST snapshot."""
        contradictions = feed.depth.counts.contradictions
        feed.on_snapshot(snapshot, received_us, now_ms)
        self._tell_contradiction(feed, contradictions)
        if feed.depth.synced:
            self._health.frame(self._venue.depth_stream(feed.symbol), feed.symbol, now_ms)

    def broker_lost(self, feed: SymbolFeed, received_us: int) -> None:
        """Published records may be missing: resync the book."""
        feed.on_broker_loss(received_us)
        self._tell(feed, "the broker has lost records")

    def missing(self, feed: SymbolFeed, read_time: int, received_us: int) -> None:
        """A reader of the records has found no book up to an event time (ms)."""
        if feed.on_book_missing(read_time, received_us):
            self._tell(feed, "a worker has found no book in the log")

    def _tell_contradiction(self, feed: SymbolFeed, before: int) -> None:
        if feed.depth.counts.contradictions != before:
            reason = feed.depth.contradiction
            logger.warning("%s: %s; the book is resynced", feed.symbol, reason)
            self._tell(feed, reason)

    def _tell(self, feed: SymbolFeed, reason: str) -> None:
        self._health.gap(self._venue.depth_stream(feed.symbol), feed.symbol, reason)


def _first_id(update: DepthUpdate | BookSnapshot) -> int:
    return update.first_id if isinstance(update, DepthUpdate) else update.last_id
