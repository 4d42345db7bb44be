"""Records on their way to the broker, in order and within a bound of memory. Pure."""

import asyncio
from collections import deque
from collections.abc import Iterator
from typing import Final

ENTRY_OVERHEAD_BYTES: Final = 250
"""What Python needs for an entry besides the bytes of its value, about."""
ROOMY_SHARE: Final = 0.5
"""Who was refused may try again below this share of the bound: a resync needs room too."""


class Entry:
    """One record until the broker has it."""

    __slots__ = ("born_s", "done", "is_settled", "key", "topic", "value")

    def __init__(
        self,
        topic: str,
        key: bytes | None,
        value: bytes,
        born_s: float,
        done: "asyncio.Future[bool] | None" = None,
    ) -> None:
        """`done` is resolved with True when the broker has it."""
        self.topic = topic
        self.key = key
        self.value = value
        self.born_s = born_s
        self.done = done
        self.is_settled = False

    @property
    def size(self) -> int:
        """Bytes that it is booked with."""
        return len(self.value) + ENTRY_OVERHEAD_BYTES


class Outbox:
    """A queue whose taken entries count, and can be taken again, until they are settled."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._waiting: deque[Entry] = deque()
        self._underway: deque[Entry] = deque()
        self._unsettled = 0
        self.bytes = 0
        self.peak_bytes = 0
        self.refused = 0
        """Entries that did not fit."""

    def __len__(self) -> int:
        """Return the number of entries that are not settled."""
        return self._unsettled

    @property
    def is_roomy(self) -> bool:
        """Whether those who were refused may try again."""
        return self.bytes <= self._max_bytes * ROOMY_SHARE

    @property
    def underway(self) -> int:
        """Entries taken and not settled, about."""
        return len(self._underway)

    @property
    def oldest_s(self) -> float | None:
        """When the oldest entry that is not settled was made; None: there is none."""
        first = self._underway or self._waiting
        return first[0].born_s if first else None

    def put(self, entry: Entry, bypass_limit: bool = False) -> bool:
        """Append an entry; False if it does not fit. `must`: take it all the same."""
        if not bypass_limit and self.bytes + entry.size > self._max_bytes:
            self.refused += 1
            return False
        self._waiting.append(entry)
        self._unsettled += 1
        self.bytes += entry.size
        self.peak_bytes = max(self.peak_bytes, self.bytes)
        return True

    def take(self) -> Entry | None:
        """Return the oldest entry that was not taken; None: there is none."""
        while self._waiting:
            entry = self._waiting.popleft()
            if not entry.is_settled:
                self._underway.append(entry)
                return entry
        return None

    def untake(self) -> None:
        """Put back the entry that was taken last."""
        self._waiting.appendleft(self._underway.pop())

    def settle(self, entry: Entry) -> None:
        """The broker has the entry."""
        if entry.is_settled:
            return
        entry.is_settled = True
        self._unsettled -= 1
        self.bytes -= entry.size
        if entry.done is not None and not entry.done.done():
            entry.done.set_result(True)
        while self._underway and self._underway[0].is_settled:
            self._underway.popleft()

    def unsettled(self) -> Iterator[Entry]:
        """Yield the entries taken and not settled, the oldest first."""
        return (entry for entry in self._underway if not entry.is_settled)

    def rewind(self) -> int:
        """Make all that is taken and not settled wait again, in its order; returns how many."""
        again = list(self.unsettled())
        self._underway.clear()
        self._waiting.extendleft(reversed(again))
        return len(again)
