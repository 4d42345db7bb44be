"""Which delivered records are new: the arithmetic behind "applied exactly once".

Faust delivers at least once; when a worker is killed it repeats records and it skips some. The raw
topics are neither compacted nor transactional, so the offsets of a partition are contiguous and a
single number per topic partition, the offset expected next, tells all three cases apart:

- below it: delivered before, skipped and counted;
- equal: new;
- above it: something is missing. If the log still has the expected offset, the consumer seeks back
  to it and whatever arrives meanwhile is dropped; if the log begins later (retention deleted it),
  the loss is counted and reading carries on at the first offset that exists. A seek is asked for
  only where the log can answer it, so this never loops.

Why the restart is exact. Several symbols share a partition; each has one state value, which holds
its engine and, per topic, the offset up to which the partition holds nothing new for it.

1. A symbol's first state value is acknowledged by the broker before its first record is applied,
   and the state values of one partition are records of one changelog partition, so they are read
   back in the order in which they were written. Hence any state value that is read back implies
   that of every symbol seen before it was written: a symbol without state has no record below the
   lowest resume offset of the symbols with state.
2. The partition resumes at that lowest offset. A symbol skips what lies below its own offset and
   applies the rest, in order, once.
3. A partition without any state resumes at the beginning of its log, whatever offset the consumer
   group has committed: no symbol has been seen, so every record is new.
4. A state value is written only after every signal emitted up to its making was acknowledged.
   Signals emitted after it are emitted again after a restart, with the same ids and content.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do with a delivered run: `run[start:stop]` is new."""

    start: int
    stop: int
    missing: range | None
    """Offsets between the last new record and the rest of the run; None when nothing is missing."""


@dataclass(slots=True)
class Cursor:
    """The offset of one topic partition that is expected next."""

    next: int

    def plan(self, offsets: Sequence[int]) -> Plan:
        """Return which of the delivered, ascending `offsets` are new. Changes nothing.

        The caller applies them in order and calls `advance` after each.
        """
        expected = self.next
        if offsets and offsets[0] == expected and offsets[-1] == expected + len(offsets) - 1:
            return Plan(0, len(offsets), None)  # What most runs are.
        start = 0
        while start < len(offsets) and offsets[start] < expected:
            start += 1
        stop = start
        while stop < len(offsets) and offsets[stop] == expected:
            stop += 1
            expected += 1
        missing = range(expected, offsets[stop]) if stop < len(offsets) else None
        return Plan(start, stop, missing)

    def advance(self, offset: int) -> None:
        """Note that the record at `offset` was taken. Raises ValueError if it is not the next."""
        if offset != self.next:
            raise ValueError(f"offset {offset} applied, expected {self.next}")
        self.next = offset + 1

    def skip_deleted(self, earliest: int) -> range:
        """Move past offsets that the log no longer holds and return them (empty: none)."""
        lost = range(self.next, max(self.next, earliest))
        self.next = lost.stop
        return lost


def resume_offset(states: Iterable[Mapping[str, int]], topic: str, earliest: int) -> int:
    """Return where a partition of `topic` resumes.

    `states` are the resume offsets per topic of every symbol with state in the partition. A topic
    that a state does not name was not known when the state was written and starts at `earliest`.
    The result may lie before `earliest`: then the log has lost records, see `Cursor.skip_deleted`.
    """
    offsets = [state.get(topic, earliest) for state in states]
    return min(offsets, default=earliest)


def beyond_end(positions: Mapping[T, int], ends: Mapping[T, int]) -> dict[T, int]:
    """Return the log ends of the partitions whose position lies behind the end of their log.

    Then the broker has lost records that were read, or the log was made anew; either way its
    offsets now stand for other records than the state believes.
    """
    return {tp: ends[tp] for tp, position in positions.items() if position > ends[tp]}


def topics_to_hold(
    pending_by_symbol: Iterable[Mapping[str, int]], topics: Sequence[str], max_ahead: int
) -> set[str]:
    """Return the topics of one partition that run too far ahead of the others.

    `pending_by_symbol` has, per symbol, how many records of each topic wait in the merge. A topic
    is held when more than `max_ahead` records of some symbol wait, and never while any symbol of
    the partition has nothing of that topic though records of other topics wait: that symbol may
    need it to go on. So whatever a merge waits for is always being read.
    """
    ahead: set[str] = set()
    starved: set[str] = set()
    for pending in pending_by_symbol:
        waiting = any(pending.get(topic, 0) for topic in topics)
        for topic in topics:
            count = pending.get(topic, 0)
            if count > max_ahead:
                ahead.add(topic)
            elif count == 0 and waiting:
                starved.add(topic)
    return ahead - starved
