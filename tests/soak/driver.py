"""Exchange, broker and ingest as processes; faults at random; the book compared after each."""

import asyncio
import itertools
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from compose.brokers.noida import NoidaBroker
from compose.errors import UserError
from compose.stack.service_child import Ending, ServiceChild
from schemas.kafka.admin import ensure_topics
from schemas.settings import IngestSettings, KafkaSettings, Settings
from tests.soak.bad_luck import HEAVY, BadLuck, Fault
from tests.soak.memory import GROWTH_MB, MemorySeries
from tests.support.ingesting.faults import HIT, OTHER, PARTITIONS, SPEED, Rig
from tests.support.ingesting.topic_log import TopicLog
from tests.support.servers.exchange import Running

START_S = 60.0
OVER_S = 10.0
OVER_ATTEMPTS = 18
RECOVERY_S = 180.0
"""Longest way back after the last fault: two back-offs of up to 30 s where the first new connection
fails, the patience of both with a peer that does not answer, a few snapshots; and all of it on a
machine that has other things to do."""
SNAPSHOT_TIMEOUT_S = 10.0
JOURNAL_STEPS = 3_000
WARM_UP_SHARE = 0.3
CALM_S = 17.0
"""Without faults, before memory is compared: more than the samples that are looked at."""
SAMPLE_S = 1.0
PROGRESS_S = 60.0
UNEXPECTED = re.compile(r"Traceback|never retrieved|Unhandled|was never awaited| CRITICAL ")


@dataclass
class SoakResult:
    """What a soak amounted to."""

    rounds: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    """How often each kind struck."""
    slowest_s: float = 0.0
    """Longest time from the end of the faults of a round until both books were right."""
    growth_mb: dict[str, float] = field(default_factory=dict)
    peak_mb: dict[str, float] = field(default_factory=dict)
    unexpected: list[str] = field(default_factory=list)
    """Lines of the logs that tell of something unhandled."""
    failed: str = ""
    """Why it ended early, empty where it did not."""
    ingest: dict[str, Any] = field(default_factory=dict)
    exchange: dict[str, Any] = field(default_factory=dict)

    def faulty(self) -> list[str]:
        """Return what was wrong, a line for each."""
        grown = [
            f"{name} has grown by {mb} MB" for name, mb in self.growth_mb.items() if mb >= GROWTH_MB
        ]
        return [text for text in (self.failed, *self.unexpected, *grown) if text]


async def soak(
    folder: Path, duration_s: float, seed: int, say: Callable[[str], None]
) -> SoakResult:
    """Run for `duration_s`; logs stay in `folder`. Ends as soon as a book is wrong or does not come
    back, a process ends, or a log tells of something unhandled."""
    result, memory = SoakResult(), MemorySeries()
    try:
        async with stack(folder, seed) as (rig, children):
            beside = (
                asyncio.create_task(_sample(memory, children)),
                asyncio.create_task(_tell(result, memory, say)),
            )
            try:
                await _live(rig, folder, BadLuck(seed), duration_s, result, memory, say)
            finally:
                for task in beside:
                    task.cancel()
                await asyncio.wait(beside)
            for task in beside:
                if not task.cancelled():
                    task.result()
        result.ingest = rig.ingest.result()
    except (AssertionError, TimeoutError, UserError, aiohttp.ClientError) as error:
        result.failed = str(error) or type(error).__name__
    result.unexpected = _unexpected(folder)
    return result


async def _live(
    rig: Rig,
    folder: Path,
    luck: BadLuck,
    duration_s: float,
    result: SoakResult,
    memory: MemorySeries,
    say: Callable[[str], None],
) -> None:
    clock = asyncio.get_running_loop().time
    await rig.settled(START_S)
    began_s = clock()
    # What needs most memory comes first, so that it is part of the warm-up.
    for fault in HEAVY:
        await _round(rig, [{**fault, "symbol": symbol} for symbol in (HIT, OTHER)], result)
    while clock() < began_s + duration_s * WARM_UP_SHARE:
        await _round(rig, luck.draw(clock()), result)
        await asyncio.sleep(luck.pause_s())
    await asyncio.sleep(CALM_S)
    memory.mark()
    say(f"warm after {result.rounds} rounds: {memory.peaks()} MB at most")
    while clock() < began_s + duration_s:
        await _round(rig, luck.draw(clock()), result)
        assert (lines := _unexpected(folder)) == [], lines
        await asyncio.sleep(luck.pause_s())
    await asyncio.sleep(CALM_S)
    for symbol in (HIT, OTHER):
        await rig.same_book(symbol, RECOVERY_S)
    result.growth_mb, result.peak_mb = memory.growth(), memory.peaks()
    result.exchange = await rig.exchange.status()


def _unexpected(folder: Path) -> list[str]:
    return [
        f"{log.name}: {line}"
        for log in sorted(folder.glob("*.log"))
        for line in log.read_text(errors="replace").splitlines()
        if UNEXPECTED.search(line)
    ]


async def _round(rig: Rig, faults: list[Fault], result: SoakResult) -> None:
    clock = asyncio.get_running_loop().time
    result.rounds += 1
    for fault in faults:
        result.faults[fault["kind"]] = result.faults.get(fault["kind"], 0) + 1
    kinds = ", ".join(f"{fault['kind']} {fault.get('symbol', '')}".strip() for fault in faults)
    try:
        await rig.inject(*faults, time_scale=1.0)
        await _until_over(rig)
        began_s = clock()
        for symbol in (HIT, OTHER):
            await rig.same_book(symbol, RECOVERY_S)
    except (AssertionError, TimeoutError) as error:
        raise AssertionError(f"round {result.rounds} ({kinds}): {error}") from error
    result.slowest_s = max(result.slowest_s, round(clock() - began_s, 2))


async def _until_over(rig: Rig) -> None:
    for _ in range(OVER_ATTEMPTS):
        try:
            await rig.faults_over(OVER_S)
        except TimeoutError:
            # A fault of snapshots waits for one that nobody needed: the loss that was to cause it
            # came together with another.
            await rig.inject(*({"kind": "drop", "symbol": s} for s in (HIT, OTHER)))
        else:
            return
    raise AssertionError(f"faults go on: {(await rig.exchange.status())['faults'][-5:]}")


async def _tell(result: SoakResult, memory: MemorySeries, say: Callable[[str], None]) -> None:
    for minute in itertools.count(1):
        await asyncio.sleep(PROGRESS_S)
        say(
            f"{minute} min: {result.rounds} rounds, {sum(result.faults.values())} faults, "
            f"slowest recovery {result.slowest_s} s, memory {memory.newest()} MB"
        )


async def _sample(memory: MemorySeries, children: dict[str, ServiceChild]) -> None:
    while True:
        memory.sample({name: child.pid for name, child in children.items() if child.pid})
        await asyncio.sleep(SAMPLE_S)


@asynccontextmanager
async def stack(folder: Path, seed: int) -> AsyncIterator[tuple[Rig, dict[str, ServiceChild]]]:
    """Run broker, exchange and ingest as processes, with logs and data in `folder`."""
    broker = NoidaBroker(folder / "broker", folder)
    address = await broker.start()
    children: dict[str, ServiceChild] = {}
    reading: asyncio.Task[None] | None = None
    try:
        kafka = KafkaSettings(
            brokers=address,
            partitions=PARTITIONS,
            retention_bytes=4 << 20,
            segment_bytes=1 << 20,
        )
        await ensure_topics(kafka)
        arguments = ["--symbols", f"{HIT},{OTHER}", "--speed", str(SPEED), "--seed", str(seed)]
        arguments += ["--journal", str(JOURNAL_STEPS)]
        plain = Settings(kafka=kafka)
        exchange = ServiceChild("exchange", arguments, plain, folder, folder)
        children["exchange"] = exchange
        facts = await exchange.start(START_S)
        settings = Settings(
            kafka=kafka,
            ingest=IngestSettings(
                websocket_url=facts["websocket_url"],
                rest_url=facts["rest_url"],
                symbols=(HIT, OTHER),
                smart_money_symbols=(),
                silence_s=5.0,
                snapshot_timeout_s=SNAPSHOT_TIMEOUT_S,
                state_dir=folder / "state",
            ),
        )
        log, started, stop = TopicLog(), asyncio.Event(), asyncio.Event()
        reading = asyncio.create_task(log.read(address, started))
        await asyncio.wait_for(started.wait(), START_S)
        ingest = children["ingest"] = ServiceChild("ingest", [], settings, folder, folder)
        await ingest.start(START_S)
        reports = asyncio.create_task(_report(ingest))
        async with aiohttp.ClientSession() as session:
            ended = asyncio.create_task(_report(exchange))
            yield Rig(Running(facts, session, ended), log, reports, reading, stop), children
        await ingest.stop(START_S)
        await exchange.stop(START_S)
        await asyncio.wait((reports, ended))
    finally:
        for child in reversed(children.values()):
            await child.stop(START_S)
        if reading is not None:
            reading.cancel()
            await asyncio.wait((reading,))
        await broker.stop()


async def _report(child: ServiceChild) -> dict[str, Any]:
    ending: Ending = await child.ended()
    if not ending.is_clean:
        raise AssertionError(ending.describe())
    return ending.report
