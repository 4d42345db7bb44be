"""The health of every stream; changes are published as FeedStatus."""

import logging
from collections.abc import Callable, Iterable
from typing import Final

from ingest.ops.silence import alarm_limit
from ingest.ops.stream_health import Change, StreamHealth
from schemas.clock import wall_us
from schemas.market import FeedStatus, StreamState
from schemas.settings import IngestSettings

logger = logging.getLogger(__name__)

LOSS_PAUSE_MS: Final = 10_000.0
"""Single losses of a stream are told at most this often: each may be the first of many."""


class HealthBoard:
    """Names are stream names; `now_ms` is a clock that does not run backwards."""

    def __init__(
        self,
        venue: str,
        settings: IngestSettings,
        put: Callable[[FeedStatus], object],
        newest_time: Callable[[str], int],
    ) -> None:
        """`newest_time(symbol)`: a symbol's newest venue time, ms; 0 if none."""
        self._venue = venue
        self._silence_ms = settings.silence_s * 1_000
        self._put = put
        self._newest_time = newest_time
        self._streams: dict[str, tuple[str, StreamHealth]] = {}
        self._loss_told_ms: dict[str, float] = {}
        self.alarms = 0
        """Silence alarms since the start."""

    @property
    def states(self) -> dict[str, StreamState | None]:
        """The state of every stream; None: subscribed, no frame yet."""
        return {stream: health.state for stream, (_, health) in self._streams.items()}

    def state_of(self, stream: str) -> StreamState | None:
        """Return the state of a stream; None: no frame yet."""
        known = self._streams.get(stream)
        return None if known is None else known[1].state

    def opened(self, stream: str, symbol: str, now_ms: float) -> None:
        """The stream was subscribed to."""
        self._of(stream, symbol).opened(now_ms)

    def frame(self, stream: str, symbol: str, now_ms: float, usable: bool = True) -> None:
        """A frame arrived; `usable`: False while frames wait for a snapshot."""
        self._report(stream, symbol, self._of(stream, symbol).frame(now_ms, usable))

    def gap(self, stream: str, symbol: str, reason: str) -> None:
        """Frames are missing."""
        self._report(stream, symbol, self._of(stream, symbol).gap(reason))

    def lost(self, stream: str, symbol: str, reason: str, now_ms: float) -> None:
        """Single frames are missing or were refused; the stream is up again with its next one."""
        told_ms = self._loss_told_ms.get(stream)
        if told_ms is None or now_ms - told_ms >= LOSS_PAUSE_MS:
            self._loss_told_ms[stream] = now_ms
            self.gap(stream, symbol, reason)

    def resync(self, stream: str, symbol: str, reason: str) -> None:
        """A snapshot was requested."""
        self._report(stream, symbol, self._of(stream, symbol).resync(reason))

    def down(self, stream: str, symbol: str, reason: str) -> None:
        """The stream's source is gone."""
        self._report(stream, symbol, self._of(stream, symbol).down(reason))

    def check(self, streams: Iterable[tuple[str, str]], now_ms: float) -> bool:
        """Check the (stream, symbol) pairs of one connection for silence.

        Returns whether the connection should be renewed now.
        """
        renew = False
        for stream, symbol in streams:
            health = self._of(stream, symbol)
            change = health.check(now_ms)
            self.alarms += change is not None
            self._report(stream, symbol, change)
            renew = health.revival_due(now_ms) or renew
        return renew

    def note(self, stream: str, symbol: str, state: StreamState, reason: str) -> None:
        """Publish a state with its reason even if unchanged."""
        self._report(stream, symbol, Change(state, reason))

    def forget(self, stream: str, symbol: str, reason: str) -> None:
        """The stream is no longer monitored."""
        self._loss_told_ms.pop(stream, None)
        known = self._streams.pop(stream, None)
        if known is not None:
            self._report(stream, symbol, known[1].down(reason))

    def _of(self, stream: str, symbol: str) -> StreamHealth:
        known = self._streams.get(stream)
        if known is None:
            health = StreamHealth(alarm_limit(self._silence_ms))
            known = self._streams[stream] = (symbol, health)
        return known[1]

    def _report(self, stream: str, symbol: str, change: Change | None) -> None:
        if change is None:
            return
        logger.info("%s: %s %s", stream, change.state.value, change.reason)
        self._put(
            FeedStatus(
                venue=self._venue,
                symbol=symbol,
                event_time=self._newest_time(symbol),
                received_us=wall_us(),
                stream=stream,
                state=change.state,
                reason=change.reason,
            )
        )
