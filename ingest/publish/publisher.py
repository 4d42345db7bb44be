"""Turns the output of a session into records of topics, in the order of the calls."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable

from ingest.publish.outbox import Entry, Outbox
from ingest.publish.outlet import PutResult
from ingest.publish.record_values import WRITTEN, letter_of, topic_of, value_of
from schemas.clock import wall_us
from schemas.control import DeadLetter
from schemas.record import Record

logger = logging.getLogger(__name__)


class Publisher:
    """A RecordOutlet that fills an outbox.

    `put` never waits: records of one symbol cannot overtake each other at an await, and sockets are
    still read while the broker is unavailable.
    """

    def __init__(self, outbox: Outbox, wake: Callable[[], object]) -> None:
        """`wake` is called after every record that was queued."""
        self._wake = wake
        self._clock = asyncio.get_running_loop().time
        self.outbox = outbox
        self.counts: Counter[str] = Counter({topic.name: 0 for topic in WRITTEN})
        """Records queued, by topic."""

    @property
    def is_roomy(self) -> bool:
        """Whether backpressure has ended."""
        return self.outbox.is_roomy

    @property
    def behind_s(self) -> float:
        """Age of the oldest record that the broker has not acknowledged, s."""
        oldest_s = self.outbox.oldest_s
        return 0.0 if oldest_s is None else self._clock() - oldest_s

    def put(self, record: Record | DeadLetter, bypass_limit: bool = False) -> PutResult:
        """Queue a record for its topic. One that is too large is dead-lettered, truncated."""
        return self._put(record, bypass_limit, None)

    async def put_acknowledged(self, record: Record) -> bool:
        """Publish a record; True once the broker has acknowledged it, False if it does not fit."""
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        return self._put(record, False, done) is PutResult.TAKEN and await done

    def frame(self, raw: bytes, received_ns: int) -> None:
        """Raw frames are not published."""

    def snapshot(self, symbol: str, raw: bytes, received_ns: int) -> None:
        """Raw snapshots are not published."""

    def _put(
        self, record: Record | DeadLetter, bypass_limit: bool, done: "asyncio.Future[bool] | None"
    ) -> PutResult:
        topic = topic_of(record).name
        key = record.key.encode() if isinstance(record, Record) else None
        value = value_of(record)
        if value is None:
            return self._refuse(record)
        if not self.outbox.put(Entry(topic, key, value, self._clock(), done), bypass_limit):
            return PutResult.NO_ROOM
        self.counts[topic] += 1
        self._wake()
        return PutResult.TAKEN

    def _refuse(self, record: Record | DeadLetter) -> PutResult:
        self.outbox.refuse()
        if isinstance(record, Record):
            letter = letter_of(record, wall_us())
            logger.error("%s: %s", letter.source, letter.reason)
            self.put(letter)
        return PutResult.TOO_LARGE
