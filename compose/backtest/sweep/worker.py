"""The process that runs points of a sweep, one after another."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

from compose.backtest.readings import graded_readings
from compose.backtest.run import Progress, run_tapes
from compose.backtest.sweep.results import PointResult
from compose.collector import settle
from compose.errors import UserError
from compose.proof.collect import OutcomeCollector
from compose.tapes.held import HeldTapes
from compose.tapes.tape import Tape
from compose.tapes.tape_file import engine_records
from schemas.settings import EngineSettings, Settings


@dataclass(frozen=True, slots=True)
class Job:
    """One point as it is sent to a process."""

    number: int
    key: str
    values: dict[str, Any]
    engine: str
    """Engine settings, JSON."""
    symbols: dict[str, dict[str, Any]]
    """Engine settings that differ by symbol."""


@dataclass(frozen=True, slots=True)
class Share:
    """How far a process is with a point."""

    number: int
    share: float


@dataclass(frozen=True, slots=True)
class Done:
    """A finished point."""

    number: int
    result: PointResult


@dataclass(frozen=True, slots=True)
class Failed:
    """What a person has to be told; the sweep ends."""

    message: str


Message = Share | Done | Failed


class InterruptedRunError(Exception):
    """The sweep is over."""


def work(
    tapes: Sequence[Tape], jobs: Queue[Job | None], messages: Queue[Message], stop: Event
) -> None:
    """Run jobs until there is None, or until `stop` is set."""
    # Ctrl-C goes to the whole group; the parent decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        held = HeldTapes(tapes)
    except UserError as error:
        messages.put(Failed(str(error)))
        return
    settle()
    while (job := jobs.get()) is not None:
        number = job.number

        def tell(share: float, number: int = number) -> None:
            if stop.is_set():
                raise InterruptedRunError
            messages.put(Share(number, share))

        try:
            messages.put(Done(number, run_point(tapes, job, tell, held.read)))
        except UserError as error:
            messages.put(Failed(str(error)))
            return
        except InterruptedRunError:
            # Nobody reads any more what is still in the queue.
            messages.cancel_join_thread()
            return


def run_point(
    tapes: Sequence[Tape],
    job: Job,
    tell: Progress,
    read: Callable[[Path], Iterable[object]] = engine_records,
) -> PointResult:
    """Run one point; `tell` is called with the share that is done, `read` gives the records of a
    tape. Raises UserError."""
    engine = EngineSettings.model_validate_json(job.engine)
    settings = Settings.model_construct(engine=engine, symbols=job.symbols)
    collector = OutcomeCollector()
    began_s = time.monotonic()
    runs = run_tapes(tapes, settings, collector.take, tell, read, with_book=False)
    signals: dict[str, int] = {}
    for run in runs:
        for topic, count in run.signals.items():
            signals[topic] = signals.get(topic, 0) + count
    return PointResult(
        job.key,
        job.values,
        engine.version,
        round(time.monotonic() - began_s, 3),
        signals,
        graded_readings(collector.outcomes),
    )
