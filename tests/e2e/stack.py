"""Runs `wallwatch up` as a person would and reads what it shows."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import psutil

from compose.stack.service_child import WALLWATCH

T = TypeVar("T")

PAGE_LINE = re.compile(r"page:\s+(http://\S+?)/large-orders")
POLL_S = 0.1


class RunningStack:
    """One `wallwatch up` and everything that it says."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def said(self) -> str:
        """Everything on stderr so far."""
        return "".join(self._lines)

    def page(self, deadline_s: float) -> str:
        """Wait for the page's address and return its root."""

        def shown() -> str | None:
            if self.process.poll() is not None:
                raise AssertionError(f"it ended: {self.said}")
            found = PAGE_LINE.search(self.said)
            return found[1] if found else None

        return until(shown, deadline_s, lambda: self.said)

    def family(self) -> list[psutil.Process]:
        """Return the process and everything that it started."""
        parent = psutil.Process(self.process.pid)
        return [parent, *parent.children(recursive=True)]

    def child(self, command: str) -> psutil.Process:
        """Return the process of one service."""
        for process in self.family()[1:]:
            with contextlib.suppress(psutil.Error):
                if process.cmdline()[1:5] == [*WALLWATCH[1:], command]:
                    return process
        raise AssertionError(f"no {command} among the processes")

    def interrupt(self, number: signal.Signals = signal.SIGINT) -> tuple[float, str]:
        """Send a signal; return how long it took to end, s, and its stdout."""
        began = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(timeout=30)
        took_s = time.monotonic() - began
        return took_s, self.output()

    def output(self) -> str:
        """Wait for the end and return stdout."""
        assert self.process.stdout is not None
        return self.process.stdout.read()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self._lines.append(line)


@contextmanager
def wallwatch_up(
    *arguments: str, cwd: Path, program: Sequence[str] = WALLWATCH, **settings: str
) -> Iterator[RunningStack]:
    """Start `wallwatch up ARGUMENTS`; whatever is left of it at the end is killed.

    `settings`: variables such as `WEB__TOKEN`, without their prefix.
    """
    variables = {f"WALLWATCH_{name}": value for name, value in settings.items()}
    process = subprocess.Popen(
        [*program, "up", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=cwd,
        env=clean_environment() | variables,
    )
    stack = RunningStack(process)
    family: list[psutil.Process] = []
    try:
        yield stack
    finally:
        if process.poll() is None:
            family = stack.family()
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=10)
        for left in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                left.kill()
        process.wait(timeout=10)


def clean_environment() -> dict[str, str]:
    """Return the environment without any settings of wallwatch."""
    return {name: value for name, value in os.environ.items() if not name.startswith("WALLWATCH_")}


def get_json(url: str) -> Any:
    """Return the JSON document at a loopback URL."""
    with urllib.request.urlopen(url, timeout=10) as response:
        return json.load(response)


def until(probe: Callable[[], T | None], deadline_s: float, explain: Callable[[], object]) -> T:
    """Poll until `probe` returns something truthy; fail with `explain()` after the deadline."""
    end = time.monotonic() + deadline_s
    while True:
        found = probe()
        if found:
            return found
        assert time.monotonic() < end, f"not within {deadline_s:g} s: {explain()}"
        time.sleep(POLL_S)


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Return those that still run; a zombie that nobody collects here has ended."""
    running = []
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.status() != psutil.STATUS_ZOMBIE:
                running.append(process)
    return running
