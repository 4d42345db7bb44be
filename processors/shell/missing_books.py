"""Symbols without a book although ingest publishes one: when that is told, and when it is over.

A book comes back with a snapshot, and ingest publishes one where it has lost the book itself. What
it published and nobody has read, because retention was faster or a new group began after it, only
the reader knows.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

PATIENCE_S: Final = 5.0
"""How long a symbol may be without a book unmentioned: its snapshot may wait for another stream."""
FIRST_PAUSE_S: Final = 30.0
"""Between the first two times that it is told: a snapshot may have to wait for its weight."""
LONGEST_PAUSE_S: Final = 600.0
"""Each pause is twice the one before, up to this."""


@dataclass(slots=True)
class _Missing:
    due_s: float
    """When it is told next, monotonic clock."""
    pause_s: float = FIRST_PAUSE_S
    told_at: int | None = None
    """Event time (ms) for which it was told last."""


@dataclass(frozen=True, slots=True)
class Told:
    """What is to be said of books now."""

    missing: dict[str, int] = field(default_factory=dict)
    """By key of the symbol: event time (ms) up to which its engine had no book."""
    back: list[str] = field(default_factory=list)
    """Those that were told missing and are not any more."""


class MissingBooks:
    """Waits for each symbol on its own. No clock, no I/O."""

    def __init__(self) -> None:
        self._missing: dict[str, _Missing] = {}

    @property
    def told(self) -> list[str]:
        """Those that were told missing and are, by name."""
        return sorted(key for key, one in self._missing.items() if one.told_at is not None)

    def look(self, missing: Mapping[str, int], known: Collection[str], now_s: float) -> Told:
        """Take the symbols whose book is `missing` at `now_s`, with the event time (ms) up to which
        they were read, out of those that are `known`; return what is to be told.

        It is told again only where the symbol was read further since.
        """
        back = [
            key
            for key in [key for key in self._missing if key not in missing]
            if self._missing.pop(key).told_at is not None and key in known
        ]
        found: dict[str, int] = {}
        for key, time in missing.items():
            one = self._missing.setdefault(key, _Missing(now_s + PATIENCE_S))
            if now_s < one.due_s or time == one.told_at:
                continue
            found[key] = one.told_at = time
            one.due_s = now_s + one.pause_s
            one.pause_s = min(2 * one.pause_s, LONGEST_PAUSE_S)
        return Told(found, back)
