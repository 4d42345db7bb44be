"""A wallwatch service as a child of the stack: its ready line, its report, how it ended."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from compose.errors import UserError
from compose.stack.process import ChildProcess
from schemas.settings import Settings

LINE_LIMIT_BYTES = 16 << 20
"""A report is one line of JSON; asyncio's own limit of 64 kB would cut it."""


class ServiceError(UserError):
    """A service cannot be started or kept running."""


LEAN_MALLOC = {
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_MMAP_THRESHOLD_": "262144",
    "MALLOC_TRIM_THRESHOLD_": "262144",
}
"""What glibc needed once for a large message goes back to the system, and its threads share two
heaps. The image sets the same; whoever sets one of these in the environment has the last word."""


WALLWATCH: Final = (sys.executable, "-P", "-m", "compose.cli")
"""`-P`: a folder `schemas` or a file `faust.py` in the current directory is not ours to import."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a service ended."""

    name: str
    code: int
    report: dict[str, Any]
    """The last JSON line of stdout; empty where there was none."""
    log_path: Path
    last_lines: tuple[str, ...]

    @property
    def is_clean(self) -> bool:
        """Whether it ended by itself, as it should."""
        return self.code == 0

    def describe(self) -> str:
        """Return one line where the service explained itself, else its last log lines as well."""
        if "error" in self.report:
            return str(self.report["error"])
        how = f"signal {-self.code}" if self.code < 0 else f"exit code {self.code}"
        lines = [f"{self.name} ended unexpectedly ({how}); log: {self.log_path}"]
        return "\n".join(lines + [f"  {self.name}| {line}" for line in self.last_lines])


class ServiceChild:
    """`wallwatch NAME ARGUMENTS...` in a process of its own; can be started again."""

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        settings: Settings,
        log_dir: Path,
        temporary_dir: Path,
        program: Sequence[str] = WALLWATCH,
        command: str | None = None,
    ) -> None:
        """`command`: the subcommand where it is not the name: of several of a kind each has a name
        of its own."""
        self.name = name
        self._command = [*program, command or name, *arguments]
        self._environment = {**service_environment(settings), "TMPDIR": str(temporary_dir)}
        self._log_path = log_dir / f"{name}.log"
        self._child: ChildProcess | None = None
        self._reader: asyncio.Task[dict[str, Any]] | None = None

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        child = self._child
        return child.pid if child is not None and child.exit_code is None else None

    async def start(self, deadline_s: float) -> dict[str, Any]:
        """Start it and return its ready line. Raises ServiceError if it ends or stays silent."""
        self._child = await ChildProcess.spawn(
            self.name,
            self._command,
            self._log_path,
            environment=self._environment,
            pipe_stdout=True,
            line_limit_bytes=LINE_LIMIT_BYTES,
        )
        ready: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._reader = asyncio.create_task(_read_lines(self._child.stdout, ready))
        done, _ = await asyncio.wait(
            {ready, self._reader}, timeout=deadline_s, return_when=asyncio.FIRST_COMPLETED
        )
        if ready in done:
            return ready.result()
        if self._reader in done:
            ready.cancel()
            raise ServiceError((await self.ended()).describe())
        ready.cancel()
        await self.stop(0)
        raise ServiceError(
            f"{self.name} was not ready within {deadline_s:g} s; log: {self._log_path}"
        )

    async def ended(self) -> Ending:
        """Wait until it has ended."""
        if self._child is None or self._reader is None:
            raise RuntimeError(f"{self.name} was not started")
        code = await self._child.wait()
        report = await asyncio.shield(self._reader)
        return Ending(self.name, code, report, self._log_path, tuple(self._child.log_tail()))

    async def stop(self, grace_s: float) -> Ending | None:
        """Stop it; None where it was never started."""
        if self._child is None:
            return None
        code = await self._child.stop(grace_s)
        if self._child.exit_code is None:
            return Ending(self.name, code, {}, self._log_path, tuple(self._child.log_tail()))
        return await self.ended()


def service_environment(settings: Settings) -> dict[str, str]:
    """Return our environment with the settings of `settings` in place of all WALLWATCH_* ones.

    The allocator is told to be lean.
    """
    others = {k: v for k, v in os.environ.items() if not k.startswith("WALLWATCH_")}
    return {**LEAN_MALLOC, **others, **settings.as_environment()}


async def _read_lines(
    stdout: asyncio.StreamReader, ready: asyncio.Future[dict[str, Any]]
) -> dict[str, Any]:
    last: dict[str, Any] = {}
    async for raw in stdout:
        try:
            line = json.loads(raw)
        except ValueError:
            # A library that prints: no line of the service's own.
            continue
        if not isinstance(line, dict):
            continue
        if line.get("ready") is True and not ready.done():
            ready.set_result(line)
        else:
            last = line
    return last
