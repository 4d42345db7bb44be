"""What all workers of a cluster say about themselves, as one report."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable
from typing import Any, Final

from compose.errors import UsageError
from compose.stack.status import PIPELINE_PATH, StatusClient

Report = dict[str, Any]

UNKNOWN: Final[Report] = {
    "ready": False,
    "idle": False,
    "lag": None,
    "topics": {},
    "waiting": {},
    "sink": {"topics": {}, "lag": None, "stats": {}},
    "counters": {},
    "latency_ms": {"p50": None, "p99": None, "count": 0},
    "rss_mb": {"worker": None, "total": None, "processes": {}},
}
"""The report while no worker answers."""


class WorkerReports:
    """Asks every worker behind a name; a name may stand for many addresses (compose, DNS)."""

    def __init__(self, address: str) -> None:
        """`address` is HOST:PORT of the workers' pages. Raises UsageError where it is not."""
        host, _, port = address.rpartition(":")
        if not host or not port.isdigit() or not 0 < int(port) < 65_536:
            raise UsageError(f"--worker {address!r}: expected HOST:PORT of the workers' pages")
        self._host, self._port = host, int(port)

    async def read(self) -> Report:
        """Return the merged report of the workers that answer."""
        async with StatusClient() as client:
            urls = [f"http://{host}:{self._port}{PIPELINE_PATH}" for host in await self._hosts()]
            found = await asyncio.gather(*(client.read(url) for url in urls))
        return merged_reports(report for report in found if report is not None)

    async def _hosts(self) -> list[str]:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
        except OSError:
            return []
        addresses = dict.fromkeys(str(entry[4][0]) for entry in found)
        return [f"[{a}]" if ":" in a else a for a in addresses]


def merged_reports(reports: Iterable[Report]) -> Report:
    """Return one report: partitions side by side, counts added up, the slowest latency."""
    given = list(reports)
    if not given:
        return UNKNOWN
    merged = given[0]
    for report in given[1:]:
        merged = _both(merged, report, "")
    return merged


def _both(a: Any, b: Any, name: str) -> Any:
    """Return two values of the same place in two reports as one."""
    if isinstance(a, dict) and isinstance(b, dict):
        return {
            key: _both(a[key], b[key], key) if key in a and key in b else a.get(key, b.get(key))
            for key in (*a, *(key for key in b if key not in a))
        }
    if a is None or b is None:
        return None if name == "lag" else (b if a is None else a)
    if isinstance(a, bool) or isinstance(b, bool):
        return a and b
    if name in _LARGEST:
        return max(a, b)
    if isinstance(a, int | float) and isinstance(b, int | float):
        return a + b
    return a


_LARGEST: Final = frozenset({"p50", "p99", "next", "end", "largest_state_bytes", "batch_ms", "pid"})
"""Figures of which the largest of all workers counts."""
