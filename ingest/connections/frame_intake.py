"""What the connections of a venue say: parsed, admitted by its stated time, or refused and told."""

import logging
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from ingest.connections.shards import Shard
from ingest.errors import FrameError
from ingest.feeds.time_gate import TimeGate
from ingest.publish.outlet import RecordOutlet
from ingest.publish.refusals import Refusals
from ingest.venues.base import Venue
from ingest.venues.parsed import Event, Notice, Reply
from schemas.clock import wall_us

logger = logging.getLogger(__name__)


class Frame(NamedTuple):
    """What a connection said, understood."""

    shard: Shard
    stream: str
    event: Event
    raw: bytes
    received_us: int


class FrameIntake:
    """The frames of all connections, and the answers to requests as far as their time is doubted.
    `now_ms` is the clock of packing and alarms."""

    def __init__(
        self,
        venue: Venue,
        max_ahead_ms: int,
        outlet: RecordOutlet,
        take: Callable[[Frame, str], None],
        lost: Callable[[str, str, str], None],
        on_notice: Callable[[Shard], None],
    ) -> None:
        """`take` gets what a stream of a followed symbol said, with the symbol; `lost` the stream,
        the symbol and the reason where a frame of it was refused; `on_notice` a connection that
        the venue is about to close."""
        self._venue, self._take, self._lost, self._on_notice = venue, take, lost, on_notice
        self._time_gate: TimeGate[Frame] = TimeGate(max_ahead_ms, self._refuse_ahead)
        self.frames: Counter[str] = Counter()
        """Frames by kind."""
        self._refusals = Refusals(venue.name, outlet, self.frames)
        self.bytes_received = 0
        self.refused_requests = 0

    @property
    def times_ahead(self) -> int:
        """Stated times that were refused."""
        return self._time_gate.refused

    def knows_time(self) -> bool:
        """Return whether the venue's clock is known, so that the time of a poll can be judged."""
        return self._time_gate.knows_time

    def take(self, shard: Shard, raw: bytes, received_ns: int, now_ms: float) -> Reply | None:
        """Process one frame; return it if it is a reply."""
        received_us = received_ns // 1_000
        self.bytes_received += len(raw)
        try:
            stream, event, stated_time = self._venue.parse(raw)
        except FrameError as error:
            self._refusals.add(shard.name, received_us, str(error), raw)
            self._tell_refused(shard, error.stream, str(error))
            return None
        frame = Frame(shard, stream, event, raw, received_us)
        if not stated_time:
            return self._admitted(frame)
        symbol = getattr(event, "symbol", "")
        for admitted in self._time_gate.admit(frame, stated_time, received_us, now_ms, symbol):
            self._admitted(admitted)
        return None

    def tick(self, now_ms: float) -> None:
        """Take the very first frame although nothing has confirmed its time, once that is due."""
        for frame in self._time_gate.overdue(now_ms):
            self._admitted(frame)

    def finish(self) -> None:
        """The source is exhausted."""
        self._time_gate.finish()

    def lies_ahead(
        self, what: str, stated_time: int, received_us: int, raw: bytes, now_ms: float
    ) -> bool:
        """Return whether the time (ms; 0: none) that the answer to a request states is refused; it
        is dead-lettered then."""
        if not stated_time:
            return False
        fault = self._time_gate.fault(stated_time, received_us, now_ms)
        if fault:
            self._refusals.add("rest", received_us, f"{what}: {fault}", raw)
        return bool(fault)

    def refuse(self, source: str, reason: str, raw: bytes) -> None:
        """Dead-letter unusable input of the venue."""
        self._refusals.add(source, wall_us(), reason, raw)

    def _admitted(self, frame: Frame) -> Reply | None:
        shard, event = frame.shard, frame.event
        self.frames[type(event).__name__] += 1
        if isinstance(event, Reply):
            if event.error:
                self.refused_requests += 1
                logger.error("%s: the venue refused a subscription: %s", shard.name, event.error)
            return event
        if isinstance(event, Notice):
            logger.warning("%s: the venue announces: %s", shard.name, event.reason)
            self._on_notice(shard)
            return None
        # Without a symbol it was in flight when the symbol was removed.
        if (symbol := shard.streams.get(frame.stream)) is not None:
            self._take(frame, symbol)
        return None

    def _refuse_ahead(self, frame: Frame, reason: str) -> None:
        told = f"{frame.stream}: {reason}"
        self._refusals.add(frame.shard.name, frame.received_us, told, frame.raw)
        self._tell_refused(frame.shard, frame.stream, told)

    def _tell_refused(self, shard: Shard, stream: str, reason: str) -> None:
        if symbol := shard.streams.get(stream):
            self._lost(stream, symbol, f"a frame was refused: {reason}")
