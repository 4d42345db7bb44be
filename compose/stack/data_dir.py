"""The folder of one stack: made, checked, locked, and removed where it was only temporary."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from compose.errors import UserError

LOCK_NAME = "stack.lock"
PID_NAME = "stack.pid"
"""Holds the pid of the owner, for the message alone."""


class DataDirError(UserError):
    """The folder cannot be used; the message says why and what to do."""


@contextmanager
def temporary_data_dir() -> Iterator[Path]:
    """Make a folder and remove it at the end."""
    path = Path(tempfile.mkdtemp(prefix="wallwatch-"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def locked_data_dir(path: Path) -> Iterator[Path]:
    """Make the folder if need be and hold its lock. Raises DataDirError.

    The lock is the kernel's, so it ends with its process however that ends.
    """
    path = path.expanduser().absolute()
    cure = "choose another with --data-dir"
    try:
        path.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path / LOCK_NAME)
        lock.acquire(timeout=0)
    except Timeout:
        raise DataDirError(
            f"data dir {path} is in use by a running stack (pid {_owner(path)}): stop that "
            f"one, or {cure}"
        ) from None
    except OSError as error:
        raise DataDirError(f"data dir {path} cannot be used: {error.strerror}; {cure}") from None
    try:
        (path / PID_NAME).write_text(str(os.getpid()), encoding="ascii")
        yield path
    finally:
        lock.release()


def _owner(path: Path) -> str:
    try:
        return (path / PID_NAME).read_text(encoding="ascii").strip() or "unknown"
    except OSError:
        return "unknown"
