"""A child process that cannot outlive its parent.

Every child leads a process group of its own, so Ctrl-C in the terminal reaches only the parent,
which then stops the children in their order. A guard (one idle shell) holds the reading end of a
pipe whose writing end only the parent has: should the parent die in any way, the pipe ends and the
guard stops the child.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

GUARD_SCRIPT = """\
exec 2>/dev/null
while read -r _; do :; done
kill -TERM "-$1" || exit 0
for _ in 1 2 3 4 5; do sleep 1; kill -0 "-$1" || exit 0; done
kill -KILL "-$1"
"""
"""Waits for the end of stdin, then stops the process group given as $1, by force after 5 s."""

KILL_WAIT_S = 2.0


class ChildProcess:
    """One running child. Its stderr, and its stdout unless piped, go to `log_path`."""

    def __init__(
        self,
        name: str,
        log_path: Path,
        process: asyncio.subprocess.Process,
        guard: asyncio.subprocess.Process,
    ) -> None:
        self.name = name
        self.log_path = log_path
        self._process = process
        self._guard = guard

    @classmethod
    async def spawn(
        cls,
        name: str,
        command: Sequence[str | Path],
        log_path: Path,
        *,
        environment: Mapping[str, str] | None = None,
        pipe_stdout: bool = False,
        line_limit_bytes: int = 65_536,
    ) -> ChildProcess:
        """Start `command`, with `environment` in place of our own if given.

        `line_limit_bytes` is the longest line that can be read from a piped stdout. Raises OSError
        if the command cannot be run.
        """
        with _opened_log(log_path) as log:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE if pipe_stdout else log,
                stderr=log,
                env=environment,
                limit=line_limit_bytes,
                process_group=0,
            )
        guard = await asyncio.create_subprocess_exec(
            "/bin/sh",
            "-c",
            GUARD_SCRIPT,
            "guard",
            str(process.pid),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            process_group=0,
        )
        return cls(name, log_path, process, guard)

    @property
    def pid(self) -> int:
        """Process id; also the id of the child's process group."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """Exit code, negative for a signal; None while the child runs."""
        return self._process.returncode

    @property
    def stdout(self) -> asyncio.StreamReader:
        """The piped stdout. Raises ValueError where it was not piped."""
        if self._process.stdout is None:
            raise ValueError(f"stdout of {self.name} goes to its log")
        return self._process.stdout

    async def wait(self) -> int:
        """Wait for the end of the child and release its guard. Returns the exit code."""
        code = await self._process.wait()
        await self._release_guard()
        return code

    async def stop(self, grace_s: float) -> int:
        """Ask the child to end, kill its group after `grace_s`. Returns the exit code."""
        if self._process.returncode is None:
            self.send(signal.SIGTERM)
            if not await self._ends_within(grace_s):
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self.pid, signal.SIGKILL)
                if not await self._ends_within(KILL_WAIT_S):
                    # Only the kernel can hold it now, and nobody can ask for more.
                    await self._release_guard()
                    return -signal.SIGKILL
        return await self.wait()

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the child; one that has ended is left alone."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)

    def log_tail(self, lines: int = 12) -> list[str]:
        """Return the last lines of the log."""
        return tail(self.log_path, lines)

    async def _ends_within(self, limit_s: float) -> bool:
        done, waiting = await asyncio.wait(
            {asyncio.ensure_future(self._process.wait())}, timeout=limit_s
        )
        for task in waiting:
            task.cancel()
        return bool(done)

    async def _release_guard(self) -> None:
        if self._guard.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._guard.kill()
            await self._guard.wait()


def tail(path: Path, lines: int, window_bytes: int = 65_536) -> list[str]:
    """Return the last `lines` non-empty lines of a text file; none where it is missing."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - window_bytes))
            text = file.read().decode("utf-8", errors="replace")
    except FileNotFoundError:
        return []
    return [line.rstrip() for line in text.splitlines() if line.strip()][-lines:]


def _opened_log(path: Path) -> IO[bytes]:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("ab")
