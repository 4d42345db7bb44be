"""Records waiting for the broker or in flight to it, in order, bounded in memory. No I/O."""

import asyncio
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

ENTRY_OVERHEAD_BYTES: Final = 250
"""Approximate memory of an entry besides the bytes of its value."""
ROOMY_SHARE: Final = 0.5
"""Backpressure ends below this share of the bound: a resync needs room too."""


@dataclass(slots=True, eq=False)
class Entry:
    """One record until the broker has acknowledged it."""

    topic: str
    key: bytes | None
    value: bytes
    born_s: float
    """When it was put, s of a monotonic clock."""
    done: "asyncio.Future[bool] | None" = None
    """Resolved with True on acknowledgement, with False if the broker refuses the record."""
    is_settled: bool = False

    @property
    def size(self) -> int:
        """Bytes that count against the bound."""
        return len(self.value) + ENTRY_OVERHEAD_BYTES


class Outbox:
    """A queue that retains in-flight entries, to be counted and resent, until they are settled."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._waiting: deque[Entry] = deque()
        self._in_flight: deque[Entry] = deque()
        self._unsettled = 0
        self.bytes = 0
        self.peak_bytes = 0
        self.refused = 0
        """Records that did not fit, or were too large for the broker."""

    def __len__(self) -> int:
        """Return the number of entries that are not settled."""
        return self._unsettled

    @property
    def is_roomy(self) -> bool:
        """Whether backpressure has ended: refused callers may try again."""
        return self.bytes <= self._max_bytes * ROOMY_SHARE

    @property
    def in_flight(self) -> int:
        """Entries taken and not settled; settled ones behind an open one included."""
        return len(self._in_flight)

    @property
    def oldest_s(self) -> float | None:
        """Creation time of the oldest entry that is not settled; None if there is none."""
        first = self._in_flight or self._waiting
        return first[0].born_s if first else None

    def put(self, entry: Entry, bypass_limit: bool = False) -> bool:
        """Append an entry; False if it does not fit. `bypass_limit`: append it in any case."""
        if not bypass_limit and self.bytes + entry.size > self._max_bytes:
            self.refuse()
            return False
        self._waiting.append(entry)
        self._unsettled += 1
        self.bytes += entry.size
        self.peak_bytes = max(self.peak_bytes, self.bytes)
        return True

    def refuse(self) -> None:
        """Count a record that cannot be sent: there is no room, or it is too large."""
        self.refused += 1

    def take(self) -> Entry | None:
        """Take the oldest waiting entry; None if there is none."""
        while self._waiting:
            entry = self._waiting.popleft()
            if not entry.is_settled:
                self._in_flight.append(entry)
                return entry
        return None

    def untake(self) -> None:
        """Put back the entry that was taken last."""
        self._waiting.appendleft(self._in_flight.pop())

    def settle(self, entry: Entry) -> None:
        """The broker has acknowledged the entry."""
        if entry.is_settled:
            return
        entry.is_settled = True
        self._unsettled -= 1
        self.bytes -= entry.size
        if entry.done is not None and not entry.done.done():
            entry.done.set_result(True)
        while self._in_flight and self._in_flight[0].is_settled:
            self._in_flight.popleft()

    def unsettled(self) -> Iterator[Entry]:
        """Yield the entries taken and not settled, the oldest first."""
        return (entry for entry in self._in_flight if not entry.is_settled)

    def rewind(self) -> int:
        """Requeue the entries in flight in their order; return how many."""
        again = list(self.unsettled())
        self._in_flight.clear()
        self._waiting.extendleft(reversed(again))
        return len(again)
