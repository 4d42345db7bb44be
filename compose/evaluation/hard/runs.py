"""Runs the engine over tapes, seeds and conditions; in several processes where there is work."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from compose.evaluation.hard.board import programme
from compose.evaluation.hard.conditions import Condition, befallen, settings_under
from compose.evaluation.hard.measure.found import orders_of
from compose.evaluation.hard.measure.matching import Outcome, match
from compose.evaluation.hard.sizes import with_all_in_it
from compose.evaluation.hard.tapes import (
    SIMULATED,
    Tape,
    capture_name,
    capture_tape,
    simulated_tape,
)
from compose.evaluation.hard.yardstick import Yardstick
from compose.evaluation.injection.episode import Act
from compose.evaluation.injection.inject import inject
from compose.safe_path import safe_path
from schemas.settings import EngineSettings
from schemas.signals import LURES

Progress = Callable[[str], None]
MOST_PROCESSES: Final = 4


@dataclass(frozen=True, slots=True)
class Job:
    """What one process does: some seeds on one tape."""

    capture: Path | None
    """None: the simulated market, another one for each seed."""
    plan: tuple[tuple[int, tuple[Condition, ...]], ...]
    """Seeds, each with the conditions it is run under."""
    untouched: bool
    """Whether the tape is run without actors as well."""

    @property
    def name(self) -> str:
        """Which tape it is."""
        return SIMULATED if self.capture is None else capture_name(self.capture)


@dataclass(frozen=True, slots=True)
class Untouched:
    """What the engine told of a tape that nobody touched."""

    tape: str
    hours: float
    walls: int
    accused: int
    """SPOOF and MANIPULATION at last, those of one chain once."""


@dataclass(slots=True)
class Results:
    """Everything that jobs found."""

    outcomes: dict[Condition, list[Outcome]] = field(default_factory=dict)
    untouched: list[Untouched] = field(default_factory=list)
    not_placed: dict[str, int] = field(default_factory=dict)

    def add(self, other: Results) -> None:
        """Take over what another job found."""
        for condition, found in other.outcomes.items():
            self.outcomes.setdefault(condition, []).extend(found)
        self.untouched += other.untouched
        for name, count in other.not_placed.items():
            self.not_placed[name] = self.not_placed.get(name, 0) + count


def run_all(jobs: Sequence[Job], settings: EngineSettings, progress: Progress) -> Results:
    """Do all jobs. Raises UserError for a capture that cannot be read."""
    processes = min(MOST_PROCESSES, os.cpu_count() or 1, len(jobs))
    results = Results()
    if processes <= 1:
        for number, job in enumerate(jobs):
            progress(f"{number} of {len(jobs)} parts done, at {job.name}")
            results.add(run_job(job, settings))
        return _in_order(results)
    # Spawned, not forked: the caller may have threads.
    context = get_context("spawn")
    with safe_path(), ProcessPoolExecutor(processes, mp_context=context) as pool:
        running = [pool.submit(run_job, job, settings) for job in jobs]
        progress(f"0 of {len(jobs)} parts done")
        for done, future in enumerate(as_completed(running), start=1):
            results.add(future.result())
            progress(f"{done} of {len(jobs)} parts done")
    return _in_order(results)


def run_job(job: Job, settings: EngineSettings) -> Results:
    """Do one job."""
    results = Results()
    for tape, seed, conditions in _tapes(job):
        if job.untouched and not results.untouched:
            results.untouched.append(_look(tape, settings))
        for condition, found in run_seed(tape, seed, conditions, settings, results.not_placed):
            results.outcomes.setdefault(condition, []).extend(found)
    return results


def run_seed(
    tape: Tape,
    seed: int,
    conditions: Sequence[Condition],
    settings: EngineSettings,
    not_placed: dict[str, int],
) -> Iterator[tuple[Condition, list[Outcome]]]:
    """Put the actors of a seed on a tape and run it under every condition."""
    plan = programme(tape.path, tape.yardstick, seed, tape.name)
    for name, count in plan.not_placed.items():
        not_placed[name] = not_placed.get(name, 0) + count
    acts = tuple(Act(play.legs, play.flow) for play in plan.plays)
    stream = inject(tape.stream, tape.path, acts, seed).stream
    crowded = Yardstick(stream)
    stories = [with_all_in_it(tape.path, crowded, story) for story in plan.stories]
    for condition in conditions:
        reached = befallen(stream, condition, tape.path, stories, seed)
        found = orders_of(reached, settings_under(condition, settings))
        yield condition, match(tape.name, seed, tape.path, stories, found)


def _tapes(job: Job) -> Iterator[tuple[Tape, int, tuple[Condition, ...]]]:
    if job.capture is not None:
        tape = capture_tape(job.capture)
        for seed, conditions in job.plan:
            yield tape, seed, conditions
    else:
        for seed, conditions in job.plan:
            yield simulated_tape(seed), seed, conditions


def _look(tape: Tape, settings: EngineSettings) -> Untouched:
    found = orders_of(tape.stream, settings)
    accused = {order.chain_id for order in found if order.final in LURES}
    return Untouched(tape.name, tape.stream.hours, len(found), len(accused))


def _in_order(results: Results) -> Results:
    """Sort what came in the order in which processes were done."""
    for condition in sorted(results.outcomes):
        results.outcomes[condition].sort(key=lambda one: (one.market, one.seed))
    results.untouched.sort(key=lambda one: one.tape)
    return results
