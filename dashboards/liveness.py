"""Whether what is shown of a symbol is live: its event time goes on while a clock does. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

SymbolKey = tuple[str, str]
"""(venue, symbol)."""

STALE_MS: Final = 5_000
"""An idle market still sends heartbeats and a book row a second; nothing for this long is news."""


class FeedState(StrEnum):
    """What a reader may make of a symbol's figures."""

    LIVE = "live"
    STALE = "stale"
    """Nothing new for a while: the figures are those of `now_ms`."""


@dataclass(frozen=True, slots=True)
class Liveness:
    """How old the newest event of a symbol is, by the clock of the process that looks."""

    state: FeedState
    stale_ms: int
    """Time since the symbol's event time last moved, ms; 0 while it moves."""
    reason: str
    """Why it may have stopped; empty while it is live."""

    def as_dict(self) -> dict[str, Any]:
        """Return the fields of API answers."""
        return {"state": self.state.value, "stale_ms": self.stale_ms, "reason": self.reason}


class LivenessWatch:
    """Remembers when each symbol's event time last moved.

    Event time itself cannot tell: a replay's market time is not the clock's. Only of a symbol that
    was never seen to move it is the best guess: what ended before the first look is not live.
    """

    def __init__(self) -> None:
        self._moved: dict[SymbolKey, tuple[int, float]] = {}
        """Newest event time (ms) and when it came to be the newest (s)."""

    def look(
        self,
        newest_ms: Mapping[SymbolKey, int],
        reasons: Mapping[SymbolKey, str],
        now_s: float,
        wall_ms: int,
    ) -> dict[SymbolKey, Liveness]:
        """Return the liveness of every symbol, given its newest event time; `now_s` is any steady
        clock, `wall_ms` the time since the epoch. `reasons` says what ingest
        last told of a symbol's streams."""
        found: dict[SymbolKey, Liveness] = {}
        for key, time_ms in newest_ms.items():
            seen = self._moved.get(key)
            if seen is None:
                seen = self._moved[key] = (time_ms, now_s - max(0, wall_ms - time_ms) / 1_000)
            elif time_ms != seen[0]:
                # A step back is news as well: a row with a time ahead was the newest and is not.
                seen = self._moved[key] = (time_ms, now_s)
            age_ms = round((now_s - seen[1]) * 1_000)
            stale = age_ms >= STALE_MS
            found[key] = Liveness(
                FeedState.STALE if stale else FeedState.LIVE,
                age_ms if stale else 0,
                (reasons.get(key) or "no new events arrive") if stale else "",
            )
        for gone in self._moved.keys() - newest_ms.keys():
            del self._moved[gone]
        return found
