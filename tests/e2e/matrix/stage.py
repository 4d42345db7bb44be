"""One capture with a symbol for each kind of trouble beside two that nothing happens to."""

from collections.abc import Sequence
from typing import Final

from tests.e2e.matrix.kinds import Kind
from tests.e2e.matrix.market import HIT, Line

EARLIEST: Final = 0.45
LATEST: Final = 0.8
"""Troubles strike one after another in this part of the capture: books that are lost at the same
moment wait for one another."""


def staged(sound: Sequence[Line], kinds: Sequence[Kind]) -> list[Line]:
    """Return the capture; the kinds' symbols are named by `symbol_of`.

    A symbol begins with its first snapshot, so that a replay serves just that. Of later ones there
    are those of hit symbols.
    """
    started: set[str] = set()
    lines: list[Line] = []
    for line in sound:
        is_first = line.kind == "snapshot" and line.symbol not in started
        if is_first:
            started.add(line.symbol)
        if line.symbol in started and (is_first or line.kind != "snapshot"):
            lines.append(line)
    hit = [line for line in sound if line.symbol == HIT]
    first = next(n for n, line in enumerate(hit) if line.kind == "snapshot")
    for n, kind in enumerate(kinds):
        place = EARLIEST + (LATEST - EARLIEST) * n / len(kinds)
        changed = kind.lines(hit[first:], place)
        lines += [line.renamed(symbol_of(n, kind.quote)) for line in changed]
    lines = [line for line in lines if line.symbol != HIT]
    # Stable: the lines of a symbol keep their order.
    return sorted(lines, key=lambda line: line.received_ms)


def symbol_of(number: int, quote: str) -> str:
    """Return the name of the hit symbol of a kind, by the number and the quote of that."""
    return f"HIT{number:02}{quote}"
