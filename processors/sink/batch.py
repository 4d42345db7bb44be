"""Rows that wait to be written, and when they are due. There is no clock: the caller has one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, NamedTuple

from processors.sink.rows import Row

TopicPartition = tuple[str, int]

MAX_BYTES: Final = 8 << 20
"""A batch is due when its records hold this much, however few they are."""
CLOCK_STEP_S: Final = 1.0
"""A clock that is this far behind the oldest row was set back; the batch is then due."""


class Pending(NamedTuple):
    """A row with the record it was made of, which a refused row is reported with."""

    row: Row
    topic: str
    partition: int
    offset: int
    payload: bytes
    received_us: int


@dataclass(slots=True)
class Batch:
    """Rows of each table and the positions that hold once they are written."""

    rows: dict[str, list[Pending]] = field(default_factory=dict)
    """By the name of the view."""
    next_offsets: dict[TopicPartition, int] = field(default_factory=dict)

    @property
    def row_count(self) -> int:
        """Rows of all tables."""
        return sum(len(rows) for rows in self.rows.values())


class Batcher:
    """Collects rows into a batch that is due by count, size or age."""

    __slots__ = ("_batch", "_bytes", "_max_age_s", "_max_rows", "_opened_s", "_rows")

    def __init__(self, max_rows: int, max_age_s: float) -> None:
        self._max_rows = max_rows
        self._max_age_s = max_age_s
        self._batch = Batch()
        self._rows = 0
        self._bytes = 0
        self._opened_s: float | None = None

    @property
    def rows(self) -> int:
        """Rows in the batch."""
        return self._rows

    @property
    def is_empty(self) -> bool:
        """True when there is neither a row nor a new position."""
        return not self._batch.next_offsets

    @property
    def is_full(self) -> bool:
        """True when the batch is due whatever its age."""
        return self._rows >= self._max_rows or self._bytes >= MAX_BYTES

    def add(self, view: str, pending: Pending, now_s: float) -> None:
        """Add a row of the table behind `view` and move its partition's position past it."""
        self._batch.rows.setdefault(view, []).append(pending)
        self._rows += 1
        self._bytes += len(pending.payload)
        self.advance(pending.topic, pending.partition, pending.offset, now_s)

    def advance(self, topic: str, partition: int, offset: int, now_s: float) -> None:
        """Move the position of a partition past `offset`, a record without a row."""
        self._batch.next_offsets[topic, partition] = offset + 1
        if self._opened_s is None:
            self._opened_s = now_s

    def is_due(self, now_s: float) -> bool:
        """Return whether the batch should be written now."""
        if self._opened_s is None:
            return False
        age_s = now_s - self._opened_s
        return self.is_full or age_s >= self._max_age_s or age_s < -CLOCK_STEP_S

    def note_written(self, now_s: float) -> None:
        """Let the open batch be no older than the end of the write before it: a store that is slow
        gets larger batches, not one after the other."""
        if self._opened_s is not None:
            self._opened_s = now_s

    def take(self) -> Batch:
        """Return the batch and begin a new one."""
        taken = self._batch
        self._batch = Batch()
        self._rows = 0
        self._bytes = 0
        self._opened_s = None
        return taken
