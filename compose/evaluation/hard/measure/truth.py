"""What takers really got on every level, update by update."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from itertools import accumulate

from compose.evaluation.injection.episode import Episode
from compose.evaluation.injection.path import MarketPath
from schemas.signals import Side

LevelKey = tuple[Side, int]


class TradedTruth:
    """Taker volume by level: that of the untouched tape and that which the actors caused."""

    def __init__(self, path: MarketPath, legs: Iterable[Episode]) -> None:
        """Count for the levels of `legs` alone; the flow that actors cause elsewhere is not on
        levels where one of them stands."""
        lots: dict[LevelKey, dict[int, int]] = defaultdict(lambda: defaultdict(int))
        legs = list(legs)
        keys = {(leg.side, leg.tick) for leg in legs}
        for update, taken in enumerate(path.taken):
            for key, count in taken.items():
                if key in keys:
                    lots[key][update] += count
        for leg in legs:
            for move in leg.moves:
                if move.traded or move.hidden:
                    lots[leg.side, leg.tick][move.update] += move.traded + move.hidden
        self._grid = path.grid
        self._sums: dict[LevelKey, tuple[list[int], list[int]]] = {}
        for key, by_update in lots.items():
            updates = sorted(by_update)
            times = [int(path.times[update]) for update in updates]
            self._sums[key] = times, list(accumulate(by_update[update] for update in updates))

    def between(self, keys: Iterable[LevelKey], after: int, until: int) -> float:
        """Return the base quantity traded on levels in (`after`, `until`] ms."""
        lots = 0
        for key in set(keys):
            times, sums = self._sums.get(key, ([], []))
            low, high = bisect_right(times, after), bisect_right(times, until)
            lots += (sums[high - 1] if high else 0) - (sums[low - 1] if low else 0)
        return self._grid.qty(lots)
