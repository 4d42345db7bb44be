"""Whether what is shown of a symbol is live: its event time goes on while a clock does. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, NamedTuple

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
CATCHING_UP: Final = "what arrives is old: catching up"
FORGET_S: Final = 3_600.0
"""A symbol of which the store shows nothing for so long is a new one afterwards."""
LOOK_S: Final = 2.0
"""Looks further apart than this do not see when a market moved in between."""


class FeedState(StrEnum):
    """What a reader may make of a symbol's figures."""

    LIVE = "live"
    STALE = "stale"
    """Nothing new for a while, or only what is old: the figures are those of `now_ms`."""


@dataclass(frozen=True, slots=True)
class Liveness:
    """How old the newest event of a symbol is, by the clock of the process that looks."""

    state: FeedState
    stale_ms: int
    """Time since the symbol's event time last moved, ms, or by how much it lies behind the clock
    that it was on; 0 while it is live."""
    reason: str
    """Why it may have stopped; of a live symbol which of its streams is not up."""

    def as_dict(self) -> dict[str, Any]:
        """Return the fields of API answers."""
        return {"state": self.state.value, "stale_ms": self.stale_ms, "reason": self.reason}


class StreamWords(NamedTuple):
    """What ingest last told of the streams of a symbol that are not up; empty: all are."""

    every: str
    streamed: str
    """Without what is polled: without open interest or the value of its quote a symbol is live."""


ALL_UP: Final = StreamWords("", "")


@dataclass(slots=True)
class _Seen:
    """What is known of how a symbol moves."""

    time_ms: int
    """Newest event time."""
    moved_s: float
    """When it came to be the newest."""
    looked_s: float
    """When it was looked at last."""
    moves: int = 0
    longest_s: float = 0.0
    is_on_clock: bool = False
    """Whether it was ever as new as the clock: a live market, not a replay of an old one."""

    def move(self, time_ms: int, now_s: float) -> None:
        # While nobody looks, a market does not pause.
        pause_s = (now_s if now_s - self.looked_s <= LOOK_S else self.looked_s) - self.moved_s
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
        streams: Mapping[SymbolKey, StreamWords],
        now_s: float,
        wall_ms: int,
    ) -> dict[SymbolKey, Liveness]:
        """Return the liveness of every symbol, given its newest event time; `now_s` is any steady
        clock, `wall_ms` the time since the epoch."""
        found: dict[SymbolKey, Liveness] = {}
        for key, time_ms in newest_ms.items():
            seen = self._moved.get(key)
            if seen is None:
                began_s = now_s - max(0, wall_ms - time_ms) / 1_000
                seen = self._moved[key] = _Seen(time_ms, began_s, now_s)
            elif time_ms != seen.time_ms:
                # A step back is news as well: a row with a time ahead was the newest and is not.
                seen.move(time_ms, now_s)
            seen.is_on_clock |= abs(wall_ms - time_ms) < LEAST_STALE_MS
            seen.looked_s = now_s
            found[key] = _judged(seen, streams.get(key, ALL_UP), now_s, wall_ms)
        for absent in self._moved.keys() - newest_ms.keys():
            # Not at once: one that comes back old has not begun to live anew.
            if now_s - self._moved[absent].looked_s > FORGET_S:
                del self._moved[absent]
        return found


def _judged(seen: _Seen, words: StreamWords, now_s: float, wall_ms: int) -> Liveness:
    age_ms = round((now_s - seen.moved_s) * 1_000)
    if age_ms >= seen.limit_ms:
        return Liveness(FeedState.STALE, age_ms, words.every or "no new events arrive")
    behind_ms = wall_ms - seen.time_ms
    if seen.is_on_clock and behind_ms >= seen.limit_ms + LEAST_STALE_MS:
        reason = "; ".join(filter(None, (CATCHING_UP, words.every)))
        return Liveness(FeedState.STALE, behind_ms, reason)
    return Liveness(FeedState.LIVE, 0, words.streamed)
