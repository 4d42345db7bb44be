"""Symbols beyond those that one worker holds: whoever can write to the topics could fill its memory
with engines of symbols that nobody follows."""

from __future__ import annotations

from typing import Any, Final, Protocol

from processors.shell.metrics import ShellMetrics

NAMED: Final = 1_000
"""Most symbols of which the first record becomes a dead letter; of others all are only counted."""


class DeadLetters(Protocol):
    """Where records are put aside."""

    def dead_letter(self, record: Any, reason: str) -> None:
        """Put a record aside with its bytes and the reason."""


class Crowd:
    """Refuses the records of new symbols while there is no room for another engine."""

    def __init__(self, most: int, letters: DeadLetters, metrics: ShellMetrics) -> None:
        """`most`: engines that one worker may hold."""
        self._most = most
        self._letters = letters
        self._metrics = metrics
        self._named: set[str] = set()

    def has_room(self, engines: int) -> bool:
        """Whether one more can be made."""
        return engines < self._most

    def refuse(self, record: Any, key: str) -> None:
        """Count a record of a symbol that gets no engine, and put its first one aside."""
        self._metrics.crowded_out_records += 1
        if key in self._named or len(self._named) >= NAMED:
            return
        self._named.add(key)
        self._letters.dead_letter(
            record,
            f"no engine for {key}: this worker holds {self._most} symbols already; raise "
            "worker.max_symbols, or stop what writes symbols that nobody follows. Further records "
            "of it are only counted",
        )
