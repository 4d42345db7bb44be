"""State of one stream: a dead stream looks like a quiet one, so each has an alarm of its own.

Pure. Times are ms of a clock that does not run backwards.
"""

from typing import NamedTuple

from schemas.market import StreamState


class Change(NamedTuple):
    """A new state and why."""

    state: StreamState
    reason: str = ""


class StreamHealth:
    """Every method returns the change to publish, None if there is none."""

    __slots__ = ("_last_ms", "_silence_ms", "state")

    def __init__(self, silence_ms: float) -> None:
        """`silence_ms`: a subscribed stream without a frame for this long is silent."""
        self._silence_ms = silence_ms
        self._last_ms: float | None = None
        self.state: StreamState | None = None

    def opened(self, now_ms: float) -> None:
        """The stream was subscribed to; from now on it is expected to send."""
        self._last_ms = now_ms

    def frame(self, now_ms: float, usable: bool = True) -> Change | None:
        """A frame came. `usable`: False while the frames wait for a snapshot."""
        self._last_ms = now_ms
        if usable:
            return self._to(StreamState.UP)
        if self.state in (StreamState.GAP, StreamState.RESYNC):
            return None
        return self._to(StreamState.RESYNC, "waits for a snapshot")

    def gap(self, reason: str) -> Change | None:
        """Frames are missing."""
        return self._to(StreamState.GAP, reason)

    def resync(self, reason: str) -> Change | None:
        """A snapshot was asked for."""
        return self._to(StreamState.RESYNC, reason)

    def down(self, reason: str) -> Change | None:
        """The source of the stream went away."""
        self._last_ms = None
        return self._to(StreamState.DOWN, reason)

    def check(self, now_ms: float) -> Change | None:
        """Look whether the stream has been silent for too long."""
        if self._last_ms is None or now_ms - self._last_ms < self._silence_ms:
            return None
        return self._to(StreamState.SILENT, f"no frame for {self._silence_ms / 1000:g} s")

    def _to(self, state: StreamState, reason: str = "") -> Change | None:
        if state is self.state:
            return None
        self.state = state
        return Change(state, reason)
