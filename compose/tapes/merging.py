"""Several logs as one tape, in the order of receipt."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from compose.tapes.layout import TapeRecord

NEVER_US: Final = 2**62


@dataclass(frozen=True, slots=True)
class Span:
    """What is taken of a log, by the local time of receipt, microseconds since the epoch."""

    since_us: int = 0
    until_us: int = NEVER_US
    """Exclusive."""

    def holds(self, record: TapeRecord) -> bool:
        """Return whether a record was received within."""
        return self.since_us <= record.received_us < self.until_us


def merged_by_receipt(logs: Iterable[Iterator[TapeRecord]]) -> Iterator[TapeRecord]:
    """Yield the records of all logs: each log in its own order, the logs against each other by the
    time of receipt. The engine needs no more: it merges the topics by event time."""
    waiting: list[tuple[int, int, TapeRecord]] = []
    numbered = list(logs)
    for number, log in enumerate(numbered):
        _advance(waiting, number, log)
    while waiting:
        _, number, record = heapq.heappop(waiting)
        yield record
        _advance(waiting, number, numbered[number])


def _advance(
    waiting: list[tuple[int, int, TapeRecord]], number: int, log: Iterator[TapeRecord]
) -> None:
    if (record := next(log, None)) is not None:
        heapq.heappush(waiting, (record.received_us, number, record))
