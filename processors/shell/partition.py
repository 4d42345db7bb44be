"""One partition number of the engines' input topics, with the symbols that live in it."""

from __future__ import annotations

from collections.abc import Set

from processors.shell.exact import Cursor
from processors.shell.symbol import SymbolRunner


class Partition:
    """One partition number of the input topics: they always move together."""

    def __init__(self, number: int, cursors: dict[str, Cursor]) -> None:
        self.number = number
        self.cursors = cursors
        self.symbols: dict[str, SymbolRunner] = {}
        self._held: frozenset[str] = frozenset()
        self.sought: dict[str, tuple[int, float]] = {}
        """Per topic: the offset last sought and when (monotonic clock)."""
        self.closed = False
        """Set when the partition moved away or goes back: whoever still works on it stops."""

    def close(self) -> None:
        """Have whoever still works on the partition stop."""
        self.closed = True

    def hold(self, topics: Set[str]) -> frozenset[str]:
        """Note the topics that are not fetched from now on; return those that were not before."""
        before, self._held = self._held, frozenset(topics)
        return before

    def positions(self) -> dict[str, int]:
        """Per topic: the offset that is due next."""
        return {topic: cursor.next for topic, cursor in self.cursors.items()}
