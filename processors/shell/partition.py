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
        self._fed: set[SymbolRunner] = set()
        """Those whose count of waiting records may have changed since somebody looked."""
        self._ahead: set[SymbolRunner] = set()
        self.sought: dict[str, tuple[int, float]] = {}
        """Per topic: the offset last sought and when (monotonic clock)."""
        self.closed = False
        """Set when the partition moved away or goes back: whoever still works on it stops."""

    def close(self) -> None:
        """Have whoever still works on the partition stop."""
        self.closed = True

    def was_fed(self, runner: SymbolRunner) -> None:
        """Note that a symbol took a record."""
        self._fed.add(runner)

    def is_ahead(self, most: int) -> bool:
        """Tell whether more than `most` records of any symbol wait for another stream.

        Only those are asked that were fed since the last time: after each delivered run hundreds of
        others are as they were.
        """
        asked = self._fed | self._ahead
        self._ahead = {one for one in asked if max(one.pending().values(), default=0) > most}
        self._fed.clear()
        return bool(self._ahead)

    def hold(self, topics: Set[str]) -> frozenset[str]:
        """Note the topics that are not fetched from now on; return those that were not before."""
        before, self._held = self._held, frozenset(topics)
        return before

    def positions(self) -> dict[str, int]:
        """Per topic: the offset that is due next."""
        return {topic: cursor.next for topic, cursor in self.cursors.items()}
