"""The folder of one stack: made, checked, locked, and removed where it was only temporary."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from compose.errors import UserError

LOCK_NAME = "stack.pid"


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

    The lock is the kernel's, so it ends with its process however that ends; the pid in the file is
    only for the message.
    """
    path = path.expanduser().absolute()
    cure = "choose another with --data-dir"
    try:
        path.mkdir(parents=True, exist_ok=True)
        lock = (path / LOCK_NAME).open("a+", encoding="ascii")
    except OSError as error:
        raise DataDirError(f"data dir {path} cannot be used: {error.strerror}; {cure}") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise DataDirError(
                f"data dir {path} is in use by a running stack (pid {_owner(lock)}): stop that "
                f"one, or {cure}"
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield path


def _owner(lock: IO[str]) -> str:
    lock.seek(0)
    return lock.read().strip() or "unknown"
