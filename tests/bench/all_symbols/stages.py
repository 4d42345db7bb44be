"""Counts at every stage of the pipeline at the end of a run, which have to be equal."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Any

from compose.stack.completion import is_stored
from compose.stack.topic_counts import topic_counts
from schemas.status import PipelineStatus
from schemas.topics import ENGINE_INPUTS, SIGNALS, STORED
from tests.bench.all_symbols.pipeline import Pipeline

STORED_S = 300.0
POLL_S = 0.5
QUIET_S = 2.0
"""Without another frame ingest has read all; longer than it is ever late."""
FRAMES = "wallwatch_ingest_frames_total"


@dataclass(frozen=True, slots=True)
class Stage:
    """One count where it leaves a stage and where it enters the next."""

    name: str
    left: int
    arrived: int

    @property
    def is_equal(self) -> bool:
        """Whether nothing was lost and nothing came twice."""
        return self.left == self.arrived


async def count_stages(run: Pipeline) -> list[Stage]:
    """End the exchange, then ingest, let the worker finish, and count. Raises TimeoutError."""
    # A connection that ends drops what its reader has not taken: nothing may be under way then.
    await run.silence()
    await _read_to_the_end(run)
    exchange = (await run.end("exchange")).report
    ingest = (await run.end("ingest")).report
    status, counts = await _stored(run)
    stages = _frames(exchange, ingest)
    stages += [
        Stage(f"{name}: ingest → log", ingest["records"][name], counts[name])
        for name in (topic.name for topic in ENGINE_INPUTS)
    ]
    read, told, kept = status.counters.records, status.counters.signals, status.sink.stats.rows
    stages += [
        Stage(f"{name}: log → engines", counts[name], read.get(name, 0))
        for name in (topic.name for topic in ENGINE_INPUTS)
    ]
    stages += [
        Stage(f"{name}: engines → log", told.get(name, 0), counts[name])
        for name in (topic.name for topic in SIGNALS)
        if counts[name]
    ]
    in_log = sum(counts[topic.name] for topic in STORED)
    return [*stages, Stage("signals: log → rows", in_log, sum(kept.values()))]


def _frames(exchange: dict[str, Any], ingest: dict[str, Any]) -> list[Stage]:
    """Return what left the exchange and arrived at ingest.

    A connection that ingest replaces still has frames in flight when it ends; its successor has
    brought them. Then only the venue's own numbers tell whether one is missing."""
    missing = ingest["gaps"] + ingest["trades_lost"]
    numbers = Stage("frames that the venue's numbers miss at ingest", 0, missing)
    if ingest["rotations"]:
        return [numbers]
    frames = ingest["frames"]
    read = sum(frames.values()) - frames.get("Reply", 0) - frames.get("BookSnapshot", 0)
    return [numbers, Stage("frames: exchange → ingest", exchange["frames_sent_total"], read)]


async def _read_to_the_end(run: Pipeline) -> None:
    before, now = -1.0, 0.0
    while now > before:
        await asyncio.sleep(QUIET_S)
        before, now = now, await run.asking.total(run.urls["ingest_metrics"], FRAMES)


async def _stored(run: Pipeline) -> tuple[PipelineStatus, dict[str, int]]:
    end_s = time.monotonic() + STORED_S
    while True:
        status, counts = await run.status(), await topic_counts(run.kafka)
        if is_stored(status, counts):
            return status, counts
        if time.monotonic() > end_s:
            raise TimeoutError(f"lag {status.lag} {STORED_S:g} s after the end of the market")
        await asyncio.sleep(POLL_S)


def describe(stages: list[Stage]) -> dict[str, Any]:
    """Return what is not equal, by stage; empty: nothing was lost."""
    return {stage.name: [stage.left, stage.arrived] for stage in stages if not stage.is_equal}
