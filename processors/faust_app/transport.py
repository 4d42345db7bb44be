"""Faust's aiokafka transport, changed in three places so that records are cheap and none is lost.

1. All that one fetch brought reaches the stream as ONE event that holds the records as runs, one
   for each partition, because Faust costs about 80 us per event. Changelog topics are left alone.
2. Positions come from our own state: where Faust would seek to its committed offsets, the consumer
   asks the `resume` callback. Faust's commits take no part in correctness.
3. `hold` and `release` stop and start fetching one partition. Faust's own pause drops what was
   already fetched and leaves a hole behind; here the records stay in aiokafka's buffer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import faust
import uvloop
from aiokafka import AIOKafkaConsumer
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from yarl import URL

from schemas.kafka.client_internals import limit_fetch_wait, rest_between_fetches

FETCH_WAIT_S: Final = 0.2
"""Longest wait of one fetch: also the delay before a seek or a new assignment takes effect."""
NOTHING_WANTED_S: Final = 0.02
"""Pause where no partition may be fetched at the moment."""

ResumePositions = Callable[[frozenset[TP]], Awaitable[Mapping[TP, int]]]
"""Given the assigned input partitions, returns the offset from which each is to be read."""


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive records of one partition, at least one."""

    tp: TP
    records: Sequence[Any]


@dataclass(slots=True)
class Delivery:
    """The runs of one fetch in the shape of one aiokafka record, for Faust the newest of the first
    partition."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    timestamp_type: int
    value: Sequence[Run]
    headers: tuple[()] = ()
    key: None = None
    checksum: None = None
    serialized_key_size: int = 0
    serialized_value_size: int = 0


def delivery_of(runs: Sequence[Run]) -> Delivery:
    """Return the runs of a fetch (at least one) as one record."""
    last = runs[0].records[-1]
    return Delivery(
        last.topic, last.partition, last.offset, last.timestamp, last.timestamp_type, runs
    )


class _Unread(dict[TP, Any]):
    """Faust's table of read offsets, always empty.

    Faust silently drops an event below the read offset, which after a seek back may be a stale one.
    Contiguity is judged in `processors.shell.exact` instead.
    """

    def __getitem__(self, key: TP) -> None:
        return None

    def __setitem__(self, key: TP, value: Any) -> None:
        return None


class RunConsumerThread(driver.AIOKafkaConsumerThread):
    """The thread that owns the aiokafka consumer."""

    logger = driver.logger

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Begin with a loop that costs half of the library's."""
        super().__init__(*args, thread_loop=uvloop.new_event_loop(), **kwargs)
        # Left open otherwise, as one that its maker may go on with.
        self._close_thread_loop_on_stop = True

    def _create_worker_consumer(self, transport: driver.Transport) -> AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        # Faust fixes this at 1.5 s; a seek made during such a fetch waits for its end.
        limit_fetch_wait(consumer, FETCH_WAIT_S)
        assert isinstance(transport, RunTransport)
        rest_between_fetches(consumer, transport.fetch_pause_s)
        return consumer


class RunConsumer(driver.Consumer):
    """Hands runs to the streams and starts where the state says."""

    logger = driver.logger

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._read_offset = _Unread()
        self._held: set[TP] = set()

    def _new_consumer_thread(self) -> RunConsumerThread:
        return RunConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def perform_seek(self) -> None:
        """Seek every assigned input partition to where the state resumes."""
        assigned = frozenset(tp for tp in self.assignment() if not self._is_changelog_tp(tp))
        if not assigned:
            return
        transport = self.transport
        assert isinstance(transport, RunTransport)
        self._held.clear()
        positions = await transport.resume(assigned)
        await self.seek_wait(dict(positions))

    def hold(self, tps: Iterable[TP]) -> None:
        """Stop fetching these partitions until `release`. What was fetched is kept."""
        self._held.update(tps)

    def release(self, tps: Iterable[TP]) -> None:
        """Fetch these partitions again."""
        self._held.difference_update(tps)

    @property
    def held(self) -> frozenset[TP]:
        """Partitions that are not fetched at the moment."""
        return frozenset(self._held)

    async def _wait_next_records(self, timeout: float) -> Any:  # noqa: ASYNC109 - Faust's
        records, active = await super()._wait_next_records(timeout)
        # Fetched while a rebalance stopped the flow. Faust would seek to its committed offsets
        # here; the seek at the end of the rebalance makes good for the dropped records.
        return (records, active) if self.flow_active else (None, None)

    async def _getmany(
        self,
        active_partitions: set[TP] | None,
        timeout: float,  # noqa: ASYNC109 - Faust's signature
    ) -> Any:
        wanted = active_partitions
        if active_partitions:
            wanted = active_partitions - self._held
            if self.app.rebalancing:
                # Faust empties its queues at the very end of a rebalance.
                wanted = {tp for tp in wanted if self._is_changelog_tp(tp)}
            if not wanted:
                # aiokafka takes an empty set for "all partitions".
                await asyncio.sleep(NOTHING_WANTED_S)
                return {}
        fetched = await super()._getmany(wanted, min(timeout, FETCH_WAIT_S))
        runs = [
            Run(TP(tp.topic, tp.partition), records)
            for tp, records in fetched.items()
            if records and not self._is_changelog_tp(tp)
        ]
        delivered = {tp: one for tp, one in fetched.items() if self._is_changelog_tp(tp)}
        if runs:
            delivered[runs[0].tp] = [delivery_of(runs)]
        return delivered


class RunTransport(driver.Transport):
    """Creates `RunConsumer`s that resume where `resume` says."""

    Consumer: ClassVar[type[RunConsumer]] = RunConsumer

    def __init__(
        self, urls: list[URL], app: faust.App, resume: ResumePositions, fetch_pause_s: float
    ) -> None:
        """`fetch_pause_s`: between the beginnings of two fetches of a reader that is not behind."""
        super().__init__(urls, app)
        self.resume = resume
        self.fetch_pause_s = fetch_pause_s


def consumer_of(app: faust.App) -> RunConsumer:
    """Return the consumer of an app that uses `RunTransport`."""
    consumer = app.consumer
    if not isinstance(consumer, RunConsumer):
        raise TypeError(f"app {app} reads with {type(consumer).__name__}")
    return consumer
