"""Puts the worker together: two Faust apps, the emitter, the store and what watches over them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

import faust
from aiokafka import ConsumerRecord
from aiokafka.errors import KafkaError
from clickhouse_connect.driver.exceptions import ClickHouseError
from faust.types import TP

from processors.errors import WorkerError
from processors.faust_app.agents import add_agent
from processors.faust_app.app import build_app
from processors.faust_app.checkpoint import Checkpointer
from processors.faust_app.patience import patiently
from processors.faust_app.rewind import Rewinder
from processors.faust_app.state import StateTable
from processors.faust_app.transport import consumer_of
from processors.ops.parts import Parts
from processors.ops.vitals import Vitals
from processors.ops.watch import Watch, Watched
from processors.shell.emitter import EmitError, Emitter
from processors.shell.engines.engine_maker import EngineMaker
from processors.shell.engines.settings_feed import ChangedSettings, SettingsFeed
from processors.shell.market import INPUT_NAMES, MarketShell
from processors.shell.metrics import ShellMetrics
from processors.shell.state import StateWriteError
from processors.sink.rows import stored_topics
from processors.sink.sink import ClickHouseSink
from processors.sink.store_shell import StoreShell
from schemas.control import DeadLetter, SettingsChange
from schemas.settings import Settings
from schemas.topics import DEAD_LETTERS

log = logging.getLogger(__name__)

SINK_POLL_S: Final = 0.05
STORE_FETCH_PAUSE_S: Final = 0.2
"""Rows wait for their batch anyway, so the store asks for signals less often than the engines do
for records: a fetch costs as much as many of them."""
MISSING_BOOKS_S: Final = 1.0
"""Between two looks at which books are missing."""
STOP_S: Final = 2.5
REVOKE_S: Final = 5.0


class Pipeline:
    """Everything of a worker but the web server."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._metrics = ShellMetrics()
        self._store_metrics = ShellMetrics()
        self._emitter = Emitter(settings.kafka)
        group = settings.kafka.group
        self._market_app = build_app(settings, group, self._resume_market)
        self._store_app = build_app(
            settings, f"{group}-sink", self._resume_store, STORE_FETCH_PAUSE_S
        )
        self._changed = ChangedSettings(settings)
        self._feed = SettingsFeed(settings, self._changed, self._on_settings, self._refuse_settings)
        self._table = StateTable(
            self._market_app, settings.kafka.partitions, settings.kafka.segment_bytes
        )
        self._market = MarketShell(
            EngineMaker(settings, self._changed),
            self._table,
            self._emitter,
            self._metrics,
            lambda: consumer_of(self._market_app),
            settings.worker.max_ahead,
            settings.worker.max_symbols,
        )
        self._checkpointer = Checkpointer(self._market, self._table, self._emitter, self._metrics)
        self._rewinder = Rewinder(
            self._market_app, self._market, self._emitter, self._checkpointer, self._metrics
        )
        self._sink = ClickHouseSink(settings, self._sink_dead_letter)
        self._store = StoreShell(
            self._sink, self._store_metrics, lambda: consumer_of(self._store_app)
        )
        stored = [topic.name for topic in stored_topics(settings.clickhouse)]
        agents = (
            add_agent(self._market_app, "market", INPUT_NAMES, self._on_market_run),
            add_agent(self._store_app, "sink", stored, self._on_store_run),
        )
        self._market_app.on_partitions_revoked.connect(self._on_market_revoked)
        self._store_app.on_partitions_revoked.connect(self._on_store_revoked)
        parts = Parts(
            self._market_app,
            self._store_app,
            self._market,
            self._store,
            self._emitter,
            self._sink,
            self._metrics,
            self._store_metrics,
        )
        self._watch = Watch(
            [
                Watched(self._market_app, self._market, self._metrics),
                Watched(self._store_app, self._store, self._store_metrics),
            ]
        )
        self.vitals = Vitals(settings, parts, self._watch, self._rewinder, agents)
        self._resuming = asyncio.Lock()

    async def start(self) -> None:
        """Connect, take over the partitions and restore their states.

        Raises WorkerError or schemas.clickhouse.errors.StoreError.
        """
        await self._sink.start()
        try:
            await self._emitter.start()
            await self._feed.start()
        except KafkaError as error:
            raise WorkerError(
                f"no answer from Kafka at {self._settings.kafka.brokers} ({error}): "
                "start the broker or set kafka.brokers"
            ) from error
        starting: asyncio.Future[Any] = asyncio.gather(
            self._start_app(self._market_app), self._start_app(self._store_app)
        )
        try:
            await starting
        finally:
            starting.cancel()
        self.vitals.note_start()

    async def run(self) -> None:
        """Keep everything going until cancelled. Raises WorkerError when Faust gave up."""
        try:
            async with asyncio.TaskGroup() as tasks:
                checkpoints = self._rewinder.write_checkpoints(self._settings.worker.checkpoint_s)
                tasks.create_task(checkpoints, name="checkpoints")
                tasks.create_task(self._rewinder.run(), name="rewinds")
                tasks.create_task(self._store_batches(), name="store-batches")
                tasks.create_task(self._watch.run(), name="watch")
                tasks.create_task(self._tell_missing_books(), name="missing-books")
                tasks.create_task(self._feed.run(), name="settings")
                tasks.create_task(self.vitals.watch_loop(), name="loop-lag")
        except* WorkerError as group:
            raise group.exceptions[0] from None

    async def stop(self) -> None:
        """Write a last checkpoint if that is quick, then end both apps and the store."""
        self.vitals.note_end()
        try:
            async with asyncio.timeout(STOP_S / 3):
                await self._checkpointer.write()
        except (TimeoutError, EmitError, StateWriteError) as error:
            log.info(
                "final checkpoint failed (%s): the next start resumes from the previous one", error
            )
        self._market.drop()
        try:
            async with asyncio.timeout(STOP_S / 2):
                await asyncio.gather(self._market_app.stop(), self._store_app.stop())
        except TimeoutError:
            log.warning("Faust did not stop in time")
        await asyncio.gather(self._sink.stop(), self._emitter.stop(), self._feed.stop())

    async def report(self) -> dict[str, Any]:
        """Return the last words of the worker: the status, and the distinct rows of every view."""
        status = await self.vitals.status()
        report = status.model_dump()
        if status.ready:
            try:
                async with asyncio.timeout(STOP_S / 3):
                    report["rows"] = await self._sink.row_counts()
            except (ClickHouseError, OSError, TimeoutError) as error:
                log.warning("row count failed: %r", error)
        return report

    async def _start_app(self, app: faust.App) -> None:
        await app.start()
        if app.crashed:
            raise WorkerError(f"Faust app {app.conf.id} cannot start: {app.crash_reason!r}")

    async def _resume_market(self, assigned: frozenset[TP]) -> Mapping[TP, int]:
        async with self._resuming:
            return await patiently(lambda: self._market.resume(assigned))

    async def _resume_store(self, assigned: frozenset[TP]) -> Mapping[TP, int]:
        return await patiently(lambda: self._store.resume(assigned))

    def _on_settings(self, change: SettingsChange) -> None:
        self._market.change_settings(change.venue, change.symbol)

    def _refuse_settings(self, record: ConsumerRecord, reason: str) -> None:
        self._market.dead_letter(record, reason)

    async def _on_market_run(self, tp: TP, records: Sequence[Any]) -> None:
        try:
            await self._market.process(tp, records)
        except (EmitError, StateWriteError) as error:
            self._rewinder.go_back(error)

    async def _on_store_run(self, tp: TP, records: Sequence[Any]) -> None:
        await self._store.process(tp, records)

    async def _on_market_revoked(self, *_: Any, **__: Any) -> None:
        self._market.drop()

    async def _on_store_revoked(self, _app: Any, /, *revoked: Any, **_: Any) -> None:
        try:
            async with asyncio.timeout(REVOKE_S):
                await self._store.revoke(*revoked)
        except TimeoutError:
            log.warning(
                "rows of revoked partitions are not stored yet; their new owner writes them again"
            )

    async def _sink_dead_letter(self, letter: DeadLetter) -> None:
        self._emitter.emit(DEAD_LETTERS.name, None, letter.model_dump_json().encode())

    async def _store_batches(self) -> None:
        while True:
            await asyncio.sleep(SINK_POLL_S)
            await self._sink.flush_due(time.time())

    async def _tell_missing_books(self) -> None:
        while True:
            await asyncio.sleep(MISSING_BOOKS_S)
            self._market.tell_missing_books(time.monotonic())
