"""A file system of its own that a test may fill."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from tests.support.servers.availability import unavailable

DISK_MB: Final = 64
BLOCK: Final = b"0" * 4_096


@contextmanager
def small_disk(folder: Path, size_mb: int = DISK_MB) -> Iterator[Path]:
    """Mount a file system at `folder` for the length of the block; skips where it may not be."""
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size_mb}m", "tmpfs", str(folder)],
        check=False,
        capture_output=True,
        text=True,
    )
    if made.returncode:
        unavailable(f"a file system cannot be mounted: {made.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(ballast: Path) -> None:
    """Leave no room on the file system of `ballast`, which is made. Blocking."""
    with pytest.raises(OSError, match="No space left"):
        _write_on(ballast)


def _write_on(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        while True:
            file.write(BLOCK)
