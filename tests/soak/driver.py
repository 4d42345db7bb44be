"""Exchange, broker and ingest as processes; faults at random; the book compared after each."""

import asyncio
import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from compose.errors import UserError
from compose.stack.service_child import ServiceChild
from schemas.settings import VenueName
from tests.soak.bad_luck import EVERYWHERE, HEAVY, BadLuck, Fault
from tests.soak.memory import GROWTH_MB, MemorySeries
from tests.soak.stack import START_S, stack
from tests.support.ingesting.faults import Rig

OVER_S = 10.0
OVER_ATTEMPTS = 18
RECOVERY_S = 180.0
"""Longest way back after the last fault: two back-offs of up to 30 s where the first new connection
fails, the patience of both with a peer that does not answer, a few snapshots; and all of it on a
machine that has other things to do."""
WARM_UP_SHARE = 0.3
CALM_S = 17.0
"""Without faults, before memory is compared: more than the samples that are looked at."""
PERIODS = 3
"""How often growth is measured at most. The heap of an interpreter takes a step where a fault needs
more than any before it, and stays there; a leak grows in each period."""
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
    folder: Path,
    duration_s: float,
    seed: int,
    say: Callable[[str], None],
    venues: tuple[VenueName, ...] = (),
) -> SoakResult:
    """Run for `duration_s`, longer where a process has grown, on several `venues` at once where
    they are named; logs stay in `folder`. Ends as soon as a book is wrong or does not come
    back, a process ends, or a log tells of something unhandled."""
    result, memory = SoakResult(), MemorySeries()
    try:
        async with stack(folder, seed, venues) as (rigs, children):
            beside = (
                asyncio.create_task(_sample(memory, children)),
                asyncio.create_task(_tell(result, memory, say)),
            )
            try:
                luck = BadLuck(seed, EVERYWHERE) if venues else BadLuck(seed)
                await _live(rigs, folder, luck, duration_s, result, memory, say)
            finally:
                for task in beside:
                    task.cancel()
                await asyncio.wait(beside)
            for task in beside:
                if not task.cancelled():
                    task.result()
        result.ingest = rigs[0].ingest.result()
    except (AssertionError, TimeoutError, UserError, aiohttp.ClientError) as error:
        result.failed = str(error) or type(error).__name__
    result.unexpected = _unexpected(folder)
    return result


async def _live(
    rigs: Sequence[Rig],
    folder: Path,
    luck: BadLuck,
    duration_s: float,
    result: SoakResult,
    memory: MemorySeries,
    say: Callable[[str], None],
) -> None:
    clock = asyncio.get_running_loop().time
    for rig in rigs:
        await rig.settled(START_S)
    began_s = clock()

    async def strike() -> None:
        rig = rigs[luck.venue(len(rigs))]
        await _round(rig, luck.draw(clock(), rig.symbols), result)
        await asyncio.sleep(luck.pause_s())

    # What needs most memory comes first, so that it is part of the warm-up.
    for fault in HEAVY:
        for rig in rigs:
            await _round(rig, [{**fault, "symbol": symbol} for symbol in rig.symbols], result)
    while clock() < began_s + duration_s * WARM_UP_SHARE:
        await strike()
    say(f"warm after {result.rounds} rounds: {memory.peaks()} MB at most")
    for _ in range(PERIODS):
        await asyncio.sleep(CALM_S)
        memory.mark()
        period_ends_s = clock() + duration_s * (1.0 - WARM_UP_SHARE)
        while clock() < period_ends_s:
            await strike()
            assert (lines := _unexpected(folder)) == [], lines
        await asyncio.sleep(CALM_S)
        if max(memory.growth().values()) < GROWTH_MB:
            break
        say(f"grown by {memory.growth()} MB: once more, as only a leak goes on growing")
    for rig in rigs:
        for symbol in rig.symbols:
            await rig.same_book(symbol, RECOVERY_S)
    result.growth_mb, result.peak_mb = memory.growth(), memory.peaks()
    result.exchange = await rigs[0].exchange.status()


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
        for symbol in rig.symbols:
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
            await rig.inject(*({"kind": "drop", "symbol": s} for s in rig.symbols))
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
