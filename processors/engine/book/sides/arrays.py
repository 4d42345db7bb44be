"""The levels of one side as numpy arrays, brought up to date only when somebody reads them."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Final

import numpy as np

from processors.engine.book.sides.standing import FloatArray, Standing
from schemas.market import Level

MAX_NOTED: Final = 8_192
"""Changes that may wait to be taken over; about ten seconds of a busy market."""


class LevelArrays:
    """Prices, ascending, and quantities (base) of the levels that stand.

    Updates are only collected. A second of a busy market repeats most prices many times, so taking
    it over at once costs far less than following each update.
    """

    __slots__ = (
        "_best_last",
        "_negative",
        "_noted",
        "_noted_count",
        "_prices",
        "_quantities",
        "_standing",
    )

    def __init__(self, levels: Mapping[float, float], best_last: bool) -> None:
        """Begin with `levels`: quantity by price. The best price is the highest, or the lowest."""
        count = len(levels)
        prices = np.fromiter(levels, np.float64, count)
        quantities = np.fromiter(levels.values(), np.float64, count)
        order = prices.argsort()
        self._prices: FloatArray = prices[order]
        self._quantities: FloatArray = quantities[order]
        self._best_last = best_last
        self._negative: float | None = None
        self._note_negative(self._prices, self._quantities)
        self._noted: list[Sequence[Level]] = []
        self._noted_count = 0
        self._standing: Standing | None = None

    def note(self, levels: Sequence[Level]) -> None:
        """Remember an update: absolute quantities, 0 deletes. It must not be changed afterwards."""
        self._standing = None
        self._noted.append(levels)
        self._noted_count += len(levels)
        if self._noted_count > MAX_NOTED:
            self._catch_up()

    def standing(self) -> Standing:
        """Return the levels that stand."""
        if self._standing is None:
            self._catch_up()
            outwards, usd = self._prices, self._prices * self._quantities
            if self._best_last:
                outwards, usd = outwards[::-1], usd[::-1]
            self._standing = Standing(outwards, usd, usd.cumsum(), self._prices, self._best_last)
        return self._standing

    def negative(self) -> float | None:
        """Return a price at which a negative quantity was told, if there is one."""
        self._catch_up()
        return self._negative

    def keep_best(self, count: int) -> None:
        """Forget all but the best `count` levels."""
        self._catch_up()
        kept = slice(len(self._prices) - count, None) if self._best_last else slice(count)
        self._prices, self._quantities = self._prices[kept], self._quantities[kept]
        self._standing = None

    def _catch_up(self) -> None:
        """Take over what was noted."""
        if not self._noted:
            return
        prices, quantities = self._latest()
        self._note_negative(prices, quantities)
        mine, held = self._prices, self._quantities
        if len(mine):
            places = mine.searchsorted(prices)
            known = mine.take(places, mode="clip") == prices
            held[places[known]] = quantities[known]
            stands = held > 0.0
            mine, held = mine[stands], held[stands]
            new = ~known & (quantities > 0.0)
        else:
            new = quantities > 0.0
        prices, quantities = prices[new], quantities[new]
        at = mine.searchsorted(prices)
        self._prices, self._quantities = (
            np.insert(mine, at, prices),
            np.insert(held, at, quantities),
        )

    def _latest(self) -> tuple[FloatArray, FloatArray]:
        """Return the prices that were noted, ascending and each once, and what was told last."""
        figures = chain.from_iterable(chain.from_iterable(self._noted))
        pairs = np.fromiter(figures, np.float64, 2 * self._noted_count)
        self._noted.clear()
        self._noted_count = 0
        order = pairs[::2].argsort(kind="stable")
        prices, quantities = pairs[::2][order], pairs[1::2][order]
        last = np.ones(len(prices), np.bool_)
        np.not_equal(prices[1:], prices[:-1], out=last[:-1])
        return prices[last], quantities[last]

    def _note_negative(self, prices: FloatArray, quantities: FloatArray) -> None:
        if len(quantities) and quantities.min() < 0.0:
            self._negative = float(prices[quantities.argmin()])
