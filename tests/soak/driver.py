"""Exchange, broker and ingest as processes; faults at random; the book compared after each."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from compose.brokers.noida import NoidaBroker
from compose.service_child import Ending, ServiceChild
from compose.topics import ensure_topics
from schemas.settings import IngestSettings, KafkaSettings, Settings
from tests.soak.bad_luck import BadLuck
from tests.soak.memory import MemorySeries
from tests.support.exchange import Running
from tests.support.faults import HIT, OTHER, PARTITIONS, SPEED, Rig, TopicLog

START_S = 20.0
OVER_S = 10.0
OVER_ATTEMPTS = 6
RECOVERY_S = 60.0
"""Longest way back after the last fault: a back-off of up to 30 s and a few snapshots."""
JOURNAL_STEPS = 3_000
WARM_UP_SHARE = 0.3
CALM_S = 5.0
SAMPLE_S = 1.0
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
    ingest: dict[str, Any] = field(default_factory=dict)
    exchange: dict[str, Any] = field(default_factory=dict)


async def soak(
    folder: Path, duration_s: float, seed: int, say: Callable[[str], None]
) -> SoakResult:
    """Run for `duration_s`; logs stay in `folder`. Raises AssertionError as soon as a book is
    wrong or does not come back."""
    result, luck, memory = SoakResult(), BadLuck(seed), MemorySeries()
    clock = asyncio.get_running_loop().time
    async with stack(folder, seed) as (rig, children):
        sampling = asyncio.create_task(_sample(memory, children))
        try:
            await rig.settled(START_S)
            began_s = clock()
            warm_s, end_s = began_s + duration_s * WARM_UP_SHARE, began_s + duration_s
            marked = False
            while clock() < end_s:
                await _round(rig, luck, result)
                if not marked and clock() >= warm_s:
                    memory.mark()
                    marked = True
                    say(f"warm after {result.rounds} rounds: {memory.peaks()} MB at most")
                if result.rounds % 50 == 0:
                    say(f"{clock() - began_s:.0f} s, {result.rounds} rounds")
            await asyncio.sleep(CALM_S)
            for symbol in (HIT, OTHER):
                await rig.same_book(symbol, RECOVERY_S)
            result.growth_mb, result.peak_mb = memory.growth(), memory.peaks()
            result.exchange = await rig.exchange.status()
        finally:
            sampling.cancel()
            await asyncio.wait((sampling,))
    result.ingest = rig.ingest.result()
    result.unexpected = _unexpected(folder)
    return result


def _unexpected(folder: Path) -> list[str]:
    return [
        f"{log.name}: {line}"
        for log in sorted(folder.glob("*.log"))
        for line in log.read_text(errors="replace").splitlines()
        if UNEXPECTED.search(line)
    ]


async def _round(rig: Rig, luck: BadLuck, result: SoakResult) -> None:
    clock = asyncio.get_running_loop().time
    faults = luck.draw(clock())
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
    result.slowest_s = max(result.slowest_s, clock() - began_s)
    await asyncio.sleep(luck.pause_s())


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
                snapshot_timeout_s=3.0,
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
