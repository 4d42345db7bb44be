"""Runs the points of a sweep on every core; what is finished is kept at once."""

from __future__ import annotations

import multiprocessing
import os
import queue
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing.process import BaseProcess
from multiprocessing.queues import Queue
from typing import Final

import msgspec

from compose.backtest.sweep.points import Point, settings_key
from compose.backtest.sweep.results import PointResult, ResultFolder
from compose.backtest.sweep.worker import Done, Failed, Job, Message, Share, work
from compose.errors import UserError
from compose.safe_path import safe_path
from compose.tapes.tape import Say, Tape

POLL_S: Final = 0.5
STOP_S: Final = 10.0
"""A process that has not ended by itself after this time is killed."""


def sweep(
    tapes: Sequence[Tape],
    points: Sequence[Point],
    folder: ResultFolder,
    say: Say,
    processes: int | None = None,
) -> list[PointResult]:
    """Run the points that the folder does not hold yet, in `processes` (default: one a core);
    return the results of all `points`, in their order. Raises UserError."""
    keys = [settings_key(point.settings) for point in points]
    jobs = [
        _job(number, key, point)
        for number, (key, point) in enumerate(zip(keys, points, strict=True))
        if key not in folder.found
    ]
    if jobs:
        progress = _Progress(len(points), len(jobs))
        count = min(len(jobs), processes or os.cpu_count() or 1)
        with safe_path(), _started(tapes, jobs, count) as (children, messages):
            while progress.left:
                message = _next(children, messages)
                match message:
                    case Share():
                        progress.note(message)
                    case Done():
                        folder.add(message.result)
                        progress.finish(message.number)
                    case Failed():
                        raise UserError(message.message)
                say(progress.text())
    # The same settings may have been kept under other names of what was set.
    return [
        msgspec.structs.replace(folder.found[key], values=point.values)
        for key, point in zip(keys, points, strict=True)
    ]


class _Progress:
    """How far a sweep is, and how long it takes to its end."""

    def __init__(self, points: int, jobs: int) -> None:
        self._points, self._jobs = points, jobs
        self._began_s = time.monotonic()
        self._shares: dict[int, float] = {}
        self.left = jobs

    def note(self, share: Share) -> None:
        self._shares[share.number] = share.share

    def finish(self, number: int) -> None:
        self._shares[number] = 1.0
        self.left -= 1

    def text(self) -> str:
        share = sum(self._shares.values()) / self._jobs
        parts = [f"{self._points - self.left} of {self._points} points", f"{share:.0%}"]
        if share > 0:
            left_s = (time.monotonic() - self._began_s) * (1 - share) / share
            parts.append(f"{timedelta(seconds=round(left_s))} left")
        return ", ".join(parts)


@contextmanager
def _started(
    tapes: Sequence[Tape], jobs: Sequence[Job], count: int
) -> Iterator[tuple[list[BaseProcess], Queue[Message]]]:
    context = multiprocessing.get_context("spawn")
    todo: Queue[Job | None] = context.Queue()
    messages: Queue[Message] = context.Queue()
    stop = context.Event()
    for job in (*jobs, *[None] * count):
        todo.put(job)
    children: list[BaseProcess] = [
        context.Process(target=work, args=(tapes, todo, messages, stop), daemon=True)
        for _ in range(count)
    ]
    try:
        for child in children:
            child.start()
        yield children, messages
    finally:
        stop.set()
        todo.cancel_join_thread()
        for child in children:
            if child.pid is None:
                continue
            child.join(STOP_S)
            if child.is_alive():
                child.kill()
                child.join()


def _next(children: Sequence[BaseProcess], messages: Queue[Message]) -> Message:
    while True:
        try:
            return messages.get(timeout=POLL_S)
        except queue.Empty:
            codes = [child.exitcode for child in children if child.exitcode]
            if codes:
                raise UserError(
                    f"a process of the backtest ended with code {codes[0]} (out of memory?); the "
                    "same command with --out continues; --processes 1 needs less memory"
                ) from None


def _job(number: int, key: str, point: Point) -> Job:
    settings = point.settings
    return Job(number, key, point.values, settings.engine.model_dump_json(), settings.symbols)
