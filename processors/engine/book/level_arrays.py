"""The levels of one side as numpy arrays, brought up to date only when somebody reads them."""

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

MAX_NOTED: Final = 8_192
"""Changes that may wait to be taken over; about ten seconds of a busy market."""


class Standing(NamedTuple):
    """The levels that stand, from the best one outwards: price and notional, quote currency."""

    prices: FloatArray
    usd: FloatArray
    ascending: FloatArray
    """The same prices, the lowest first."""
    best_last: bool
    """The best price is the last one of `ascending`."""

    def count_before(self, price: float, *, included: bool = False) -> int:
        """Return how many levels are better than `price`, or as good if that is `included`."""
        if self.best_last:
            side: Literal["left", "right"] = "left" if included else "right"
            return len(self.ascending) - int(self.ascending.searchsorted(price, side))
        return int(self.ascending.searchsorted(price, "right" if included else "left"))


class LevelArrays:
    """Prices and quantities (base) of every level that ever stood since it was made.

    Updates are only collected. A second of a busy market repeats most prices many times, so taking
    it over at once costs far less than following each update. Deleted levels stay with quantity 0.

    Prices ascend, so that whatever lies between two prices is a slice.
    """

    __slots__ = ("_best_last", "_noted_prices", "_noted_quantities", "_standing", "_table")

    def __init__(self, levels: Mapping[float, float], best_last: bool) -> None:
        """Begin with `levels`: quantity by price. The best price is the highest, or the lowest."""
        count = len(levels)
        prices = np.fromiter(levels, np.float64, count)
        quantities = np.fromiter(levels.values(), np.float64, count)
        self._table: FloatArray = np.stack((prices, quantities)).take(prices.argsort(), axis=1)
        """Prices in the first row, quantities in the second."""
        self._best_last = best_last
        self._noted_prices: list[float] = []
        self._noted_quantities: list[float] = []
        self._standing: Standing | None = None

    def note(self, levels: Mapping[float, float]) -> None:
        """Remember an update: absolute quantities by price, 0 deletes."""
        self._standing = None
        self._noted_prices.extend(levels)
        self._noted_quantities.extend(levels.values())
        if len(self._noted_prices) > MAX_NOTED:
            self._catch_up()

    def read(self) -> tuple[FloatArray, FloatArray]:
        """Return prices, ascending, and quantities; valid until the next update."""
        if self._noted_prices:
            self._catch_up()
        return self._table[0], self._table[1]

    def standing(self) -> Standing:
        """Return the levels that stand."""
        if self._standing is None:
            prices, quantities = self.read()
            used = np.flatnonzero(quantities > 0.0)
            ascending = prices.take(used)
            outwards, usd = ascending, ascending * quantities.take(used)
            if self._best_last:
                outwards, usd = outwards[::-1], usd[::-1]
            self._standing = Standing(outwards, usd, ascending, self._best_last)
        return self._standing

    def remove(self, prices: FloatArray) -> None:
        """Forget prices that are known, as if they had never been named."""
        mine, _ = self.read()
        self._table = np.delete(self._table, mine.searchsorted(prices), axis=1)
        self._standing = None

    def _catch_up(self) -> None:
        count = len(self._noted_prices)
        prices = np.fromiter(self._noted_prices, np.float64, count)
        quantities = np.fromiter(self._noted_quantities, np.float64, count)
        self._noted_prices.clear()
        self._noted_quantities.clear()
        mine = self._table[0]
        places = mine.searchsorted(prices)
        known = np.zeros(count, np.bool_)
        if len(mine):
            known = mine.take(places, mode="clip") == prices
        if known.all():
            # Where a place is named several times the last of its values stays.
            self._table[1][places] = quantities
            return
        self._table[1][places[known]] = quantities[known]
        new = ~known
        self._insert(dict(zip(prices[new].tolist(), quantities[new].tolist(), strict=True)))

    def _insert(self, levels: Mapping[float, float]) -> None:
        """Take in prices that are new."""
        new = np.array(sorted(levels.items())).T
        at = self._table[0].searchsorted(new[0]) + np.arange(len(levels))
        table = np.empty((2, self._table.shape[1] + len(levels)))
        is_old = np.ones(table.shape[1], np.bool_)
        is_old[at] = False
        table[:, at], table[:, np.flatnonzero(is_old)] = new, self._table
        self._table = table
