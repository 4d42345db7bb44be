"""Finds ranges of event time in which trades are missing, late or unreliable. Pure.

Evidence: a missing id, a trade behind the published watermark, or a stream that stalls for longer
than ever before while depth goes on.
"""

from typing import Final, NamedTuple

from ingest.ops.silence import SilenceLimit

MISSING_IDS: Final = "missing_ids"
LATE: Final = "late"
SILENT: Final = "silent"
_BY_WEIGHT: Final = (MISSING_IDS, LATE, SILENT)


class UnsoundRange(NamedTuple):
    """Inclusive range of event time, ms."""

    first: int
    last: int
    reason: str


class TradeSoundness:
    """Findings about one symbol's trades that are not published yet."""

    __slots__ = ("_found", "_limit", "_silent_from", "ranges")

    def __init__(self, limit: SilenceLimit) -> None:
        """`limit` learns the stream's own pauses, in event time."""
        self._limit = limit
        self._found: UnsoundRange | None = None
        self._silent_from: int | None = None
        self.ranges = 0
        """Times that trades were missing or late, or the stream silent."""

    def note(self, first: int, last: int, reason: str) -> None:
        """Record an unsound range; findings since the last pack are merged into one range."""
        self.ranges += 1
        self._extend(first, last, reason)

    def traded(self, newest: int, event_time: int) -> None:
        """A trade arrived after one of `newest` (ms; 0: the first)."""
        self._silent_from = None
        if newest and event_time > newest:
            self._limit.gap(event_time - newest)

    def depth_went_on(self, newest: int, event_time: int) -> None:
        """Depth of `event_time` (ms) arrived while the newest trade is of `newest` (0: none)."""
        if newest and self._silent_from is None and event_time - newest > self._limit.limit_ms:
            self._silent_from = newest + 1
            self.ranges += 1

    def take(self, watermark: int) -> UnsoundRange | None:
        """Return the range to report with the pack of this watermark (ms), once."""
        if self._silent_from is not None and self._silent_from <= watermark:
            self._extend(self._silent_from, watermark, SILENT)
            self._silent_from = watermark + 1
        found, self._found = self._found, None
        return found

    def _extend(self, first: int, last: int, reason: str) -> None:
        found = self._found
        if found is not None:
            first, last = min(first, found.first), max(last, found.last)
            reason = min(reason, found.reason, key=_BY_WEIGHT.index)
        self._found = UnsoundRange(first, last, reason)
