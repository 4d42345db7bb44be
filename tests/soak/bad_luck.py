"""Draws faults: any kind, either symbol, several at once. The same seed, the same luck."""

from random import Random
from typing import Any

Fault = dict[str, Any]

MAX_AT_ONCE = 3
REFUSAL_PAUSE_S = 70.0
"""Between two faults that refuse requests: the venue bans who is refused often in one minute, and
a client can only know about the refusal of a request that has come back."""
LASTING = {"duration_s": 3.0}
DROP: Fault = {"kind": "drop", "after_frames": 20}
EVERYWHERE: tuple[tuple[Fault, ...], ...] = (
    (DROP,),
    ({"kind": "drop", "count": 5},),
    ({"kind": "reorder"},),
    ({"kind": "duplicate", "count": 5},),
    ({"kind": "close"},),
    ({"kind": "cut"},),
    ({"kind": "silent_stream", "stream": "depth", **LASTING},),
    ({"kind": "silent_stream", "stream": "aggTrade", **LASTING},),
    ({"kind": "lifetime", "age_s": 2.0, **LASTING},),
    ({"kind": "burst", **LASTING},),
    ({"kind": "unknown_fields", **LASTING},),
    ({"kind": "big_message", "shape": "garbage"},),
    ({"kind": "maintenance", **LASTING},),
)
"""What strikes any venue."""
KINDS: tuple[tuple[Fault, ...], ...] = (
    *EVERYWHERE,
    ({"kind": "old_snapshot"}, DROP),
    ({"kind": "aligned_snapshot"}, DROP),
    ({"kind": "slow_snapshot", "delay_s": 2.0}, DROP),
    ({"kind": "failing_snapshot", "count": 2}, DROP),
    ({"kind": "truncated_snapshot"}, DROP),
    ({"kind": "truncated_snapshot", "how": "connection"}, DROP),
    ({"kind": "close", "route": "public", "code": 1008},),
    ({"kind": "cut", "route": "market"},),
    ({"kind": "half_open", "route": "public", **LASTING},),
    ({"kind": "silent_route", **LASTING},),
    ({"kind": "only_pings", "route": "public", "interval_s": 0.5, **LASTING},),
    ({"kind": "clock_skew", "offset_ms": 5_000, **LASTING},),
    ({"kind": "clock_skew", "offset_ms": -5_000, **LASTING},),
    ({"kind": "big_message"},),
    ({"kind": "big_message", "shape": "levels"},),
    ({"kind": "invalid_utf8"},),
)
"""What strikes USD-M."""
HEAVY: tuple[Fault, ...] = (
    {"kind": "burst", **LASTING},
    {"kind": "big_message"},
    {"kind": "big_message", "shape": "levels"},
    {"kind": "big_message", "shape": "garbage"},
)
"""What needs most memory."""
REFUSALS: tuple[Fault, ...] = (
    {"kind": "throttle", "retry_after_s": 3},
    {"kind": "ban", "retry_after_s": 4},
)


class BadLuck:
    """Draws what goes wrong next."""

    def __init__(self, seed: int, kinds: tuple[tuple[Fault, ...], ...] = KINDS) -> None:
        """`kinds`: faults that belong together. REST is refused where they are those of USD-M."""
        self._random = Random(seed)
        self._kinds = kinds
        self._refused_s = float("-inf") if kinds is KINDS else float("inf")

    def pause_s(self) -> float:
        """Return how long all is well before the next fault."""
        return self._random.uniform(0.2, 3.0)

    def venue(self, count: int) -> int:
        """Return which of the venues it is that has bad luck."""
        return self._random.randrange(count) if count > 1 else 0

    def draw(self, now_s: float, symbols: tuple[str, str]) -> list[Fault]:
        """Return the faults that come now."""
        random = self._random
        drawn = random.choices(self._kinds, k=random.randint(1, MAX_AT_ONCE))
        faults = [fault for group in drawn for fault in self._placed(group, symbols)]
        if now_s - self._refused_s >= REFUSAL_PAUSE_S:
            self._refused_s = now_s
            faults.append(dict(random.choice(REFUSALS)))
        return faults

    def _placed(self, group: tuple[Fault, ...], symbols: tuple[str, str]) -> list[Fault]:
        symbol = self._random.choice(symbols)
        after_s = round(self._random.uniform(0.0, 1.5), 3)
        return [{**fault, "symbol": symbol, "after_s": after_s} for fault in group]
