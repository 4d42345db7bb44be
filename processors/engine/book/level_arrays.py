"""The levels of one side as numpy arrays, brought up to date only when somebody reads them."""

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

MAX_PENDING: Final = 256
"""Updates that may wait to be taken over; about ten seconds of a busy market."""


class Standing(NamedTuple):
    """The levels that stand, from the best one outwards: price and notional, quote currency."""

    prices: FloatArray
    usd: FloatArray


class LevelArrays:
    """Prices and quantities (base) of every level that ever stood since it was made.

    Updates are only collected. A second of a busy market repeats most prices many times, so taking
    it over at once costs far less than following each update. Deleted levels stay with quantity 0.

    Prices ascend, so that whatever lies between two prices is a slice.
    """

    __slots__ = ("_best_last", "_pending", "_prices", "_quantities", "_standing")

    def __init__(self, levels: Mapping[float, float], best_last: bool) -> None:
        """Begin with `levels`: quantity by price. The best price is the highest, or the lowest."""
        count = len(levels)
        prices = np.fromiter(levels, np.float64, count)
        order = np.argsort(prices)
        self._prices = prices[order]
        self._quantities = np.fromiter(levels.values(), np.float64, count)[order]
        self._best_last = best_last
        self._pending: list[Mapping[float, float]] = []
        self._standing: Standing | None = None

    def note(self, levels: Mapping[float, float]) -> None:
        """Remember an update: absolute quantities by price, 0 deletes."""
        self._standing = None
        self._pending.append(levels)
        if len(self._pending) >= MAX_PENDING:
            self._catch_up()

    def read(self) -> tuple[FloatArray, FloatArray]:
        """Return prices, ascending, and quantities; valid until the next update."""
        if self._pending:
            self._catch_up()
        return self._prices, self._quantities

    def standing(self) -> Standing:
        """Return the levels that stand."""
        if self._standing is None:
            prices, quantities = self.read()
            used = quantities > 0.0
            prices, quantities = prices[used], quantities[used]
            if self._best_last:
                prices, quantities = prices[::-1], quantities[::-1]
            self._standing = Standing(prices, prices * quantities)
        return self._standing

    def remove(self, prices: FloatArray) -> None:
        """Forget prices that are known, as if they had never been named."""
        mine, quantities = self.read()
        places = np.searchsorted(mine, prices)
        self._prices, self._quantities = np.delete(mine, places), np.delete(quantities, places)
        self._standing = None

    def _catch_up(self) -> None:
        changed: dict[float, float] = {}
        for levels in self._pending:
            changed.update(levels)
        self._pending.clear()
        count = len(changed)
        prices = np.fromiter(changed, np.float64, count)
        quantities = np.fromiter(changed.values(), np.float64, count)
        places = np.searchsorted(self._prices, prices)
        known = np.zeros(count, np.bool_)
        if len(self._prices):
            known = self._prices[np.minimum(places, len(self._prices) - 1)] == prices
        self._quantities[places[known]] = quantities[known]
        if not known.all():
            new = np.flatnonzero(~known)
            new = new[np.argsort(prices[new])]
            self._prices = np.insert(self._prices, places[new], prices[new])
            self._quantities = np.insert(self._quantities, places[new], quantities[new])
