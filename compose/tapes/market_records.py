"""What was read of a source of history, for its tape."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MarketRecords:
    """Market records and dead letters in the order in which they are applied."""

    markets: Sequence[str]
    """`venue:symbol` of those that the source holds and somebody wants, in alphabetical order."""
    records: Iterable[object]
    """To be read once."""
    is_whole: Callable[[], bool] = lambda: True
    """Tells, once the records have ended, whether the source was complete."""
