"""Whether what is shown of a symbol is live: its event time goes on while a clock does. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from schemas.signals.repeat import BOOK_REPEAT_MS

SymbolKey = tuple[str, str]
"""(venue, symbol)."""

STALE_MS: Final = BOOK_REPEAT_MS + 5_000
"""A market in which nothing changes still gets a row of its book each `BOOK_REPEAT_MS`; nothing for
longer is news."""
LEAST_STALE_MS: Final = 5_000
"""A market that moves every second is missed after this."""
PAUSES: Final = 3.0
"""In between, after so many of its longest pauses of late."""
KNOWN_MOVES: Final = 5
"""Pauses of a market that was seen to move less often say nothing."""
HALF_LIFE_S: Final = 300.0
"""The longest pause counts half after this."""


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


@dataclass(slots=True)
class _Seen:
    """What is known of how a symbol moves."""

    time_ms: int
    """Newest event time."""
    moved_s: float
    """When it came to be the newest."""
    moves: int = 0
    longest_s: float = 0.0

    def move(self, time_ms: int, now_s: float) -> None:
        pause_s = now_s - self.moved_s
        if self.moves:  # Before that, it is a guess since when it stood.
            self.longest_s = max(pause_s, self.longest_s * 0.5 ** (pause_s / HALF_LIFE_S))
        self.moves += 1
        self.time_ms, self.moved_s = time_ms, now_s

    @property
    def limit_ms(self) -> float:
        if self.moves < KNOWN_MOVES:
            return STALE_MS
        return min(STALE_MS, max(LEAST_STALE_MS, PAUSES * self.longest_s * 1_000))


class LivenessWatch:
    """Remembers when each symbol's event time last moved.

    Event time itself cannot tell: a replay's market time is not the clock's. Only of a symbol that
    was never seen to move it is the best guess: what ended before the first look is not live.
    """

    def __init__(self) -> None:
        self._moved: dict[SymbolKey, _Seen] = {}

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
                began_s = now_s - max(0, wall_ms - time_ms) / 1_000
                seen = self._moved[key] = _Seen(time_ms, began_s)
            elif time_ms != seen.time_ms:
                # A step back is news as well: a row with a time ahead was the newest and is not.
                seen.move(time_ms, now_s)
            age_ms = round((now_s - seen.moved_s) * 1_000)
            stale = age_ms >= seen.limit_ms
            found[key] = Liveness(
                FeedState.STALE if stale else FeedState.LIVE,
                age_ms if stale else 0,
                (reasons.get(key) or "no new events arrive") if stale else "",
            )
        for gone in self._moved.keys() - newest_ms.keys():
            del self._moved[gone]
        return found
