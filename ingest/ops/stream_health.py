"""State of one stream, with its own silence alarm: a dead stream looks like a quiet one.

Pure. Times are ms of a clock that does not run backwards.
"""

from typing import Final, NamedTuple

from ingest.ops.silence import SilenceLimit
from schemas.market import StreamState

MIN_REVIVAL_PAUSE_MS: Final = 10_000.0
"""Grace period: a new connection needs some seconds to take over, ms."""
MAX_REVIVAL_PAUSE_MS: Final = 600_000.0


class Change(NamedTuple):
    """A new state and why."""

    state: StreamState
    reason: str = ""


class StreamHealth:
    """Methods return the Change to publish, None if there is none."""

    __slots__ = ("_last_ms", "_limit", "_revival_pause_ms", "_revived_ms", "state")

    def __init__(self, limit: SilenceLimit) -> None:
        self._limit = limit
        self._last_ms: float | None = None
        self._revived_ms = 0.0
        self._revival_pause_ms = 0.0
        self.state: StreamState | None = None

    @property
    def limit_ms(self) -> float:
        """Silence of this length is an alarm."""
        return self._limit.limit_ms

    def opened(self, now_ms: float) -> None:
        """The stream was subscribed to; from now on it is expected to send."""
        self._last_ms = now_ms

    def frame(self, now_ms: float, usable: bool = True) -> Change | None:
        """A frame arrived. `usable`: False while frames wait for a snapshot."""
        if self._last_ms is not None and self.state is not None:
            self._limit.gap(now_ms - self._last_ms)
        self._last_ms = now_ms
        self._revival_pause_ms = 0.0
        if usable:
            return self._to(StreamState.UP)
        if self.state in (StreamState.GAP, StreamState.RESYNC):
            return None
        return self._to(StreamState.RESYNC, "waits for a snapshot")

    def gap(self, reason: str) -> Change | None:
        """Frames are missing."""
        return self._to(StreamState.GAP, reason)

    def resync(self, reason: str) -> Change | None:
        """A snapshot was requested."""
        return self._to(StreamState.RESYNC, reason)

    def down(self, reason: str) -> Change | None:
        """The stream's source is gone."""
        self._last_ms = None
        return self._to(StreamState.DOWN, reason)

    def check(self, now_ms: float) -> Change | None:
        """Check whether the stream has been silent for too long."""
        if self._last_ms is None or now_ms - self._last_ms < self.limit_ms:
            return None
        return self._to(StreamState.SILENT, f"no frame for {self.limit_ms / 1000:.3g} s")

    def revival_due(self, now_ms: float) -> bool:
        """Whether to retry a silent stream on a new connection now, with growing intervals."""
        if self.state is not StreamState.SILENT:
            return False
        if self._revival_pause_ms and now_ms - self._revived_ms < self._revival_pause_ms:
            return False
        doubled_ms = max(MIN_REVIVAL_PAUSE_MS, self.limit_ms, 2 * self._revival_pause_ms)
        self._revival_pause_ms = min(doubled_ms, MAX_REVIVAL_PAUSE_MS)
        self._revived_ms = now_ms
        return True

    def _to(self, state: StreamState, reason: str = "") -> Change | None:
        if state is self.state:
            return None
        self.state = state
        return Change(state, reason)
