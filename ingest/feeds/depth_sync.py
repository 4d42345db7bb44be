"""Keeps the depth records of one symbol synchronised with the venue's book. No I/O, no clock.

Every emitted sequence has the form: reset, snapshot, contiguous updates, reset, ... so a reader
never keeps a book that is known to be wrong. Its times never run backwards.
"""

from collections import deque

from ingest.feeds.book_check import BookCheck
from ingest.feeds.book_window import BookWindow
from ingest.feeds.depth_counts import DepthCounts
from ingest.feeds.depth_records import DepthRecords
from ingest.venues.base import SequenceRule
from ingest.venues.events import BookSnapshot, DepthUpdate
from schemas.market import AnyDepth, ResetReason

MAX_BUFFERED_UPDATES = 2_000
"""Most updates buffered for a snapshot: 200 s of a 100 ms stream."""


class DepthSync:
    """The state machine of one symbol's book.

    Call `update`, `snapshot`, `lost` and, about once a second, `keep_alive`; each returns the
    records to publish, in order. `wants_snapshot` tells when to request one.
    """

    __slots__ = (
        "_buffer",
        "_check",
        "_early",
        "_image",
        "_in_flight",
        "_last_id",
        "_newest",
        "_reason",
        "_records",
        "_rule",
        "_snapshot_id",
        "_synced",
        "_window",
        "contradiction",
        "counts",
        "max_buffered",
    )

    def __init__(
        self,
        venue: str,
        symbol: str,
        rule: SequenceRule,
        max_buffered: int = MAX_BUFFERED_UPDATES,
        window: BookWindow | None = None,
    ) -> None:
        """`window`: how far the venue publishes the book; None: to its end."""
        self._window = window
        self._records = DepthRecords(venue, symbol)
        self._rule = rule
        self.max_buffered = max_buffered
        self.counts = DepthCounts()
        self._check = BookCheck()
        self.contradiction = ""
        """The newest inconsistency of the book."""
        self._buffer: deque[tuple[DepthUpdate, int]] = deque()
        self._early: tuple[BookSnapshot, int] | None = None
        self._image = (0, 0)
        """Event time and id of the newest book on the stream."""
        self._synced = False
        self._snapshot_id: int | None = None
        """Id of the snapshot whose first update has not arrived yet."""
        self._last_id = 0
        self._newest = 0
        """Newest event time seen, ms."""
        self._in_flight = False
        self._reason = ResetReason.START

    @property
    def synced(self) -> bool:
        """Whether the emitted records describe the venue's book."""
        return self._synced

    @property
    def book_time(self) -> int:
        """Event time of the newest snapshot that was published, ms; 0 before the first."""
        return self._records.book_time

    @property
    def wants_snapshot(self) -> bool:
        """Whether updates are buffered for a snapshot that was not requested yet."""
        return not self._synced and bool(self._buffer) and not self._in_flight

    @property
    def waits_for_snapshot(self) -> bool:
        """Whether a snapshot, requested or not, is needed."""
        return not self._synced and self._early is None

    @property
    def buffered(self) -> int:
        """Updates that wait for a snapshot."""
        return len(self._buffer)

    @property
    def updated_time(self) -> int:
        """Event time of the newest update or snapshot, ms; 0 before the first."""
        return self._newest

    @property
    def newest_time(self) -> int:
        """Newest event time seen or emitted, ms; 0 before the first."""
        return max(self._newest, self._records.promised)

    def marked(self, mark_price: float) -> None:
        """Set the newest mark price for the consistency check."""
        self._check.marked(mark_price)

    def reaches(self, update: DepthUpdate | BookSnapshot) -> bool:
        """Whether `update` follows the newest one without a gap."""
        if isinstance(update, BookSnapshot):
            return not self._synced or update.last_id <= self._last_id
        if self._buffer:
            return update.prev_id <= self._buffer[-1][0].last_id
        return not self._synced or self._snapshot_id is not None or update.prev_id <= self._last_id

    def would_bridge(self, snapshot: BookSnapshot) -> bool:
        """Whether `snapshot` connects to a buffered update."""
        return any(self._rule.bridges(snapshot.last_id, update) for update, _ in self._buffer)

    def update(self, update: DepthUpdate, received_us: int) -> list[AnyDepth]:
        """Process the next update of the stream."""
        backwards = update.event_time <= self._newest
        self._newest = max(self._newest, update.event_time)
        if self._synced:
            return self._live(update, received_us, backwards)
        records = self._begin(update, received_us)
        return records + self._hold(update, received_us, backwards)

    def snapshot_requested(self) -> None:
        """Record that the snapshot request is sent now."""
        self._in_flight = True
        if self._reason is not ResetReason.START:
            self.counts.resyncs += 1

    def snapshot_failed(self) -> None:
        """Record that the snapshot request failed."""
        self._in_flight = False
        if not self._synced and self._records.promised:
            self._reason = ResetReason.SNAPSHOT_FAILED

    def snapshot_unwanted(self) -> None:
        """Record that the requested snapshot is no longer needed."""
        self._in_flight = False

    def snapshot(self, snapshot: BookSnapshot, received_us: int) -> list[AnyDepth]:
        """Process a snapshot. One that does not connect is refused; another one is then needed."""
        self._in_flight = False
        if self._synced:
            self.counts.snapshots_refused += 1
            return []
        if not self._buffer:
            self._early = (snapshot, received_us)
            return []
        return self._connect(snapshot, received_us)

    def image(self, image: BookSnapshot, received_us: int) -> list[AnyDepth]:
        """Process a book that the venue sends on the stream: it replaces what was known.

        A repetition, as in the overlap of two connections, is dropped.
        """
        if self._synced and self._is_repeated(image):
            self.counts.stale_dropped += 1
            return []
        self._image = (image.event_time, image.last_id)
        self._newest = max(self._newest, image.event_time)
        records: list[AnyDepth] = []
        if self._records.promised == 0:
            records = [self._reset(image.event_time, received_us)]
        elif self._synced:
            records = self._lose(ResetReason.RESTART, received_us)
        self._in_flight = False
        self._early = None
        self._drop_buffer()
        fault = self._check.load(image.bids, image.asks)
        if fault:
            self._note_contradiction(fault)
            self.counts.snapshots_refused += 1
            return records
        if self._window is not None:
            self._window.load(image.bids, image.asks)
        self.counts.snapshots += 1
        self._synced = True
        self._snapshot_id = None
        self._last_id = image.last_id
        return [*records, self._records.snapshot(image, received_us)]

    def lost(self, reason: ResetReason, received_us: int) -> list[AnyDepth]:
        """Declare the book lost for a reason that is not in the updates themselves."""
        self._early = None
        self.counts.overflows += reason is ResetReason.OVERFLOW
        self.counts.too_large += reason is ResetReason.TOO_LARGE
        self.counts.silences += reason is ResetReason.SILENT
        return self._lose(reason, received_us)

    def keep_alive(self, venue_time: int | None, received_us: int) -> list[AnyDepth]:
        """Return the heartbeat: the newest watermark, advanced where that is safe.

        `venue_time`: lower bound (ms) of all later updates, None if unknown.
        """
        if self._records.promised == 0:
            return []
        time = venue_time or 0
        if self._synced:
            return [self._records.heartbeat(time, received_us)]
        if not self._in_flight:
            # A snapshot requested later is newer than the buffer. One that is in flight may be as
            # old as its request: then the watermark stays.
            time = max(time, self._newest)
            if time > self._records.promised:
                # A snapshot received before any update would now be older than the watermark.
                self._early = None
            return [self._reset(time, received_us)]
        return [self._reset(0, received_us)]

    def finish(self, event_time: int, received_us: int) -> list[AnyDepth]:
        """Return the last record of a finite source, with the watermark `event_time`."""
        if self._records.promised == 0:
            return []
        if self._synced:
            return [self._records.heartbeat(event_time, received_us)]
        return [self._reset(event_time, received_us)]

    def _is_repeated(self, image: BookSnapshot) -> bool:
        if image.last_id > self._last_id or image.event_time > self._newest:
            return False
        # The book of a restart states the time of the last change, so that of the update before it
        # where nothing has changed since.
        is_as_new = image.event_time == self._newest and self._rule.restarts(image.last_id)
        return not is_as_new or (image.event_time, image.last_id) == self._image

    def _begin(self, update: DepthUpdate, received_us: int) -> list[AnyDepth]:
        if self._records.promised:
            return []
        return [self._reset(update.event_time, received_us)]

    def _live(self, update: DepthUpdate, received_us: int, backwards: bool) -> list[AnyDepth]:
        if self._snapshot_id is not None:
            if self._rule.is_stale(self._snapshot_id, update):
                self.counts.stale_dropped += 1
                return []
            if self._rule.bridges(self._snapshot_id, update):
                return self._apply(update, received_us)
        elif self._rule.follows(self._last_id, update):
            return self._apply(update, received_us)
        elif update.last_id <= self._last_id and backwards:
            # A duplicate, as in the overlap of two connections. An old id with a new time is not:
            # the venue has restarted its ids.
            self.counts.stale_dropped += 1
            return []
        self.counts.gaps += 1
        records = self._lose(ResetReason.GAP, received_us)
        self._buffer.append((update, received_us))
        return records

    def _hold(self, update: DepthUpdate, received_us: int, backwards: bool) -> list[AnyDepth]:
        if self._buffer:
            newest = self._buffer[-1][0]
            if update.last_id <= newest.last_id and backwards:
                self.counts.stale_dropped += 1
                return []
            if not self._rule.follows(newest.last_id, update):
                self.counts.gaps += 1
                self._drop_buffer()
        self._buffer.append((update, received_us))
        if self._early is not None:
            early, early_us = self._early
            self._early = None
            return self._connect(early, early_us)
        if len(self._buffer) > self.max_buffered:
            self.counts.overflows += 1
            return self._lose(ResetReason.OVERFLOW, received_us)
        return []

    def _connect(self, snapshot: BookSnapshot, received_us: int) -> list[AnyDepth]:
        fresh = [
            item for item in self._buffer if not self._rule.is_stale(snapshot.last_id, item[0])
        ]
        if fresh and not self._rule.bridges(snapshot.last_id, fresh[0][0]):
            self.counts.snapshots_refused += 1
            return []
        fault = self._check.load(snapshot.bids, snapshot.asks)
        if fault:
            self._note_contradiction(fault)
            self.counts.snapshots_refused += 1
            return []
        if self._window is not None:
            self._window.load(snapshot.bids, snapshot.asks)
        self.counts.stale_dropped += len(self._buffer) - len(fresh)
        self._buffer.clear()
        self.counts.snapshots += 1
        self._synced = True
        self._snapshot_id = snapshot.last_id
        self._newest = max(self._newest, snapshot.event_time)
        records: list[AnyDepth] = [self._records.snapshot(snapshot, received_us)]
        # The buffer is contiguous: after the first update all others follow.
        for update, update_us in fresh:
            if not self._synced:
                # An earlier one made the book inconsistent.
                self.counts.unbridged_dropped += 1
                continue
            records += self._apply(update, update_us)
        return records

    def _apply(self, update: DepthUpdate, received_us: int) -> list[AnyDepth]:
        edges: tuple[float | None, float | None] = (None, None)
        if self._window is not None:
            bids, asks = self._window.apply(update.bids, update.asks)
            update = update._replace(bids=bids, asks=asks)
            edges = self._window.edges
        fault = self._check.apply(update.bids, update.asks)
        if fault:
            self._note_contradiction(fault)
            return self._lose(ResetReason.CONTRADICTION, received_us)
        self._snapshot_id = None
        self._last_id = update.last_id
        self.counts.applied += 1
        return [self._records.diff(update, received_us, edges)]

    def _note_contradiction(self, fault: str) -> None:
        self.counts.contradictions += 1
        self.contradiction = fault

    def _lose(self, reason: ResetReason, received_us: int) -> list[AnyDepth]:
        self._synced = False
        self._snapshot_id = None
        self._drop_buffer()
        if self._records.promised == 0:
            # Nothing was published for this symbol yet, so the first record is the initial reset.
            return []
        self._reason = reason
        return [self._reset(0, received_us)]

    def _drop_buffer(self) -> None:
        self.counts.unbridged_dropped += len(self._buffer)
        self._buffer.clear()

    def _reset(self, event_time: int, received_us: int) -> AnyDepth:
        """`event_time` is at least the newest watermark."""
        return self._records.reset(event_time, received_us, self._reason)
