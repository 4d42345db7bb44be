"""Memory figures."""

from __future__ import annotations

from typing import Final

import psutil

_MB: Final = 1_000_000


def tree_rss_mb(pid: int | None) -> dict[str, float]:
    """Return the resident memory, MB, of a process and its descendants by name and pid.

    None: of this process alone. Processes that ended meanwhile are left out.
    """
    root = psutil.Process(pid)
    processes = [root, *root.children(recursive=True)] if pid is not None else [root]
    figures: dict[str, float] = {}
    for process in processes:
        try:
            figures[f"{_label(process)}:{process.pid}"] = round(process.memory_info().rss / _MB, 1)
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
    return figures


def _label(process: psutil.Process) -> str:
    """Return the program, and the subcommand of a wallwatch process."""
    command = process.cmdline()
    for index, word in enumerate(command[:-1]):
        if word.rsplit("/", 1)[-1] in ("wallwatch", "compose.cli"):
            return f"wallwatch {command[index + 1]}"
    return str(process.name())
