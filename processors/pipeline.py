"""Puts the worker together: two Faust apps, the emitter, the store and what watches over them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import faust
from aiokafka import ConsumerRecord
from aiokafka.errors import KafkaError
from clickhouse_connect.driver.exceptions import ClickHouseError
from faust.exceptions import ConsumerNotStarted
from faust.types import TP

from processors.agents import add_agent
from processors.app import build_app
from processors.checkpoint import Checkpointer
from processors.emitter import EmitError, Emitter
from processors.engine_maker import EngineMaker
from processors.errors import WorkerError
from processors.market import INPUT_NAMES, MarketShell
from processors.metrics import ShellMetrics
from processors.settings_feed import ChangedSettings, SettingsFeed
from processors.sink.sink import ClickHouseSink
from processors.stall import StallDetector
from processors.state import StateError, StateTable
from processors.status import StatusReporter
from processors.storage import STORED_NAMES, StoreShell
from processors.transport import consumer_of
from schemas.control import DeadLetter, SettingsChange
from schemas.settings import Settings
from schemas.topics import DEAD_LETTERS

log = logging.getLogger(__name__)

SINK_POLL_S: Final = 0.05
WATCH_S: Final = 1.0
WATCH_ANSWER_S: Final = 5.0
RETRY_S: Final = 1.0
STOP_S: Final = 2.5
REVOKE_S: Final = 5.0
STATUS_S: Final = 2.0
"""Longest wait for the broker's offsets; after it the report says that lags are unknown."""

T = TypeVar("T")


class Pipeline:
    """Everything of a worker but the web server."""

    def __init__(self, settings: Settings, data_dir: Path) -> None:
        self._settings = settings
        self._metrics = ShellMetrics()
        self._store_metrics = ShellMetrics()
        self._emitter = Emitter(settings.kafka)
        group = settings.kafka.group
        self._market_app = build_app(settings, group, data_dir / "market", self._resume_market)
        self._store_app = build_app(
            settings, f"{group}-sink", data_dir / "sink", self._resume_store
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
        )
        self._checkpointer = Checkpointer(self._market, self._table, self._emitter, self._metrics)
        self._sink = ClickHouseSink(settings, self._sink_dead_letter)
        self._store = StoreShell(
            self._sink, self._store_metrics, lambda: consumer_of(self._store_app)
        )
        add_agent(self._market_app, "market", INPUT_NAMES, self._on_market_run)
        add_agent(self._store_app, "sink", STORED_NAMES, self._on_store_run)
        self._market_app.on_partitions_revoked.connect(self._on_market_revoked)
        self._store_app.on_partitions_revoked.connect(self._on_store_revoked)
        self._reporter = StatusReporter(
            lambda: self._market_app,
            lambda: self._store_app,
            self._market,
            self._store,
            self._emitter,
            self._metrics,
            self._store_metrics,
            self._sink.stats.as_dict,
            settings.web.stack_pid,
        )
        self._broken = asyncio.Event()
        """Signals or states were not acknowledged: the engines have to go back."""
        self._fatal: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Set to a WorkerError by callbacks that Faust runs."""
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
            either: set[asyncio.Future[Any]] = {starting, self._fatal}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if self._fatal.done():
                self._fatal.result()
            await starting
        finally:
            starting.cancel()
        self._reporter.ready = True

    async def run(self) -> None:
        """Keep everything going until cancelled. Raises WorkerError when Faust gave up."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._checkpoints(), name="checkpoints")
                tasks.create_task(self._rewinds(), name="rewinds")
                tasks.create_task(self._store_batches(), name="store-batches")
                tasks.create_task(self._watch(), name="watch")
                tasks.create_task(self._feed.run(), name="settings")
                tasks.create_task(self._fail(), name="fatal")
        except* WorkerError as group:
            raise group.exceptions[0] from None

    async def stop(self) -> None:
        """Write a last checkpoint if that is quick, then end both apps and the store."""
        self._reporter.ready = False
        try:
            async with asyncio.timeout(STOP_S / 3):
                await self._checkpointer.write()
        except (TimeoutError, EmitError, StateError) as error:
            log.info("no last checkpoint (%s): the next start goes back to the one before", error)
        self._market.drop()
        try:
            async with asyncio.timeout(STOP_S / 2):
                await asyncio.gather(self._market_app.stop(), self._store_app.stop())
        except TimeoutError:
            log.warning("Faust did not stop in time")
        await asyncio.gather(self._sink.stop(), self._emitter.stop(), self._feed.stop())

    async def status(self) -> dict[str, Any]:
        """Return the report for `/api/v1/pipeline/status`."""
        try:
            async with asyncio.timeout(STATUS_S):
                return await self._reporter.collect()
        except (KafkaError, TimeoutError, ConsumerNotStarted) as error:
            log.info("positions are not known right now: %r", error)
            return self._reporter.unknown()

    async def report(self) -> dict[str, Any]:
        """Return the last words of the worker: the status, and the distinct rows of every view."""
        report = await self.status()
        if report["ready"]:
            try:
                async with asyncio.timeout(STOP_S / 3):
                    report["rows"] = await self._sink.row_counts()
            except (ClickHouseError, OSError, TimeoutError) as error:
                log.warning("rows cannot be counted: %r", error)
        return report

    async def _start_app(self, app: faust.App) -> None:
        await app.start()
        if app.crashed:
            raise WorkerError(f"Faust app {app.conf.id} cannot start: {app.crash_reason!r}")

    async def _resume_market(self, assigned: frozenset[TP]) -> Mapping[TP, int]:
        try:
            async with self._resuming:
                return await _patiently(lambda: self._market.resume(assigned))
        except StateError as error:
            if not self._fatal.done():
                self._fatal.set_exception(
                    WorkerError(
                        f"{error}. If another version wrote it, delete topic {self._table.topic} "
                        "to begin anew with what the market topics still hold"
                    )
                )
            # Faust would print a traceback and try again; the worker ends instead.
            await asyncio.Event().wait()
            raise AssertionError("never reached") from error

    async def _resume_store(self, assigned: frozenset[TP]) -> Mapping[TP, int]:
        return await _patiently(lambda: self._store.resume(assigned))

    def _on_settings(self, change: SettingsChange) -> None:
        self._market.change_settings(change.venue, change.symbol)

    def _refuse_settings(self, record: ConsumerRecord, reason: str) -> None:
        self._market.dead_letter(record, reason)

    async def _on_market_run(self, tp: TP, records: Sequence[Any]) -> None:
        try:
            await self._market.process(tp, records)
        except (EmitError, StateError) as error:
            self._go_back(error)

    async def _on_store_run(self, tp: TP, records: Sequence[Any]) -> None:
        await self._store.process(tp, records)

    async def _on_market_revoked(self, *_: Any, **__: Any) -> None:
        self._market.drop()

    async def _on_store_revoked(self, _app: Any, /, *revoked: Any, **_: Any) -> None:
        try:
            async with asyncio.timeout(REVOKE_S):
                await self._store.revoke(*revoked)
        except TimeoutError:
            log.warning("rows of moved partitions are not stored yet; they are written twice")

    async def _fail(self) -> None:
        await asyncio.shield(self._fatal)

    async def _sink_dead_letter(self, letter: DeadLetter) -> None:
        self._emitter.emit(DEAD_LETTERS.name, None, letter.model_dump_json().encode())

    def _go_back(self, error: Exception) -> None:
        if not self._broken.is_set():
            log.error("back to the last checkpoint: %s", error)
        self._market.drop()
        self._broken.set()

    async def _checkpoints(self) -> None:
        while True:
            await asyncio.sleep(self._settings.worker.checkpoint_s)
            if self._broken.is_set():
                continue
            try:
                await self._checkpointer.write()
            except (EmitError, StateError) as error:
                self._go_back(error)

    async def _rewinds(self) -> None:
        while True:
            await self._broken.wait()
            self._metrics.rewinds += 1
            await _patiently(self._emitter.restart)
            self._broken.clear()
            if not self._market_app.rebalancing:
                await _patiently(consumer_of(self._market_app).perform_seek)

    async def _store_batches(self) -> None:
        while True:
            await asyncio.sleep(SINK_POLL_S)
            await self._sink.flush_due(time.time())

    async def _watch(self) -> None:
        watched = (
            (self._market_app, self._market, self._metrics, StallDetector()),
            (self._store_app, self._store, self._store_metrics, StallDetector()),
        )
        answers = True
        while True:
            await asyncio.sleep(WATCH_S)
            for app, shell, metrics, detector in watched:
                if app.crashed:
                    raise WorkerError(f"Faust app {app.conf.id} gave up: {app.crash_reason!r}")
                if app.rebalancing:
                    continue
                try:
                    async with asyncio.timeout(WATCH_ANSWER_S):
                        await _read_on(app, shell, metrics, detector)
                except (KafkaError, TimeoutError) as error:
                    if answers:
                        log.warning("Kafka does not answer (%r); waiting for it", error)
                    answers = False
                else:
                    if not answers:
                        log.warning("Kafka answers again")
                    answers = True


async def _read_on(
    app: faust.App, shell: MarketShell | StoreShell, metrics: ShellMetrics, detector: StallDetector
) -> None:
    """Fetch again what stands still although its log has more."""
    consumer = consumer_of(app)
    if not shell.positions() and consumer.assignment():
        # Neither broker nor store answered in time at the end of the rebalance.
        await consumer.perform_seek()
    reading = {tp: at for tp, at in shell.positions().items() if tp not in consumer.held}
    if not reading:
        return
    ends = await consumer.highwaters(*reading)
    stalled = detector.stalled(time.monotonic(), reading, ends)
    if stalled:
        metrics.stalls += len(stalled)
        log.warning("standing still, reading again: %s", stalled)
        await shell.read_again(list(stalled))


async def _patiently(work: Callable[[], Awaitable[T]]) -> T:
    """Repeat `work` until the broker and the store answer."""
    told = False
    while True:
        try:
            return await work()
        except (KafkaError, ClickHouseError, OSError) as error:
            if not told:
                log.warning("%r; trying again every %.0f s", error, RETRY_S)
            told = True
            await asyncio.sleep(RETRY_S)
