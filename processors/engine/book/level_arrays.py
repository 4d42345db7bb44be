"""The levels of one side as numpy arrays, brought up to date only when somebody reads them."""

from collections.abc import Mapping
from itertools import islice
from typing import Final

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

MAX_PENDING: Final = 256
"""Updates that may wait to be taken over; about ten seconds of a busy market."""


class _Slots(dict[float, int]):
    """The place of each price in the arrays; a new price gets the next one."""

    def __missing__(self, price: float) -> int:
        slot = self[price] = len(self)
        return slot


class LevelArrays:
    """Prices and quantities (base) of every level that ever stood since it was made.

    Updates are only collected. A second of a busy market repeats most prices many times, so taking
    it over at once costs far less than following each update. Deleted levels stay with quantity 0.
    """

    __slots__ = ("_pending", "_prices", "_quantities", "_slots")

    def __init__(self, levels: dict[float, float]) -> None:
        """Begin with `levels`: quantity by price."""
        count = len(levels)
        self._slots = _Slots(zip(levels, range(count), strict=True))
        self._prices = np.fromiter(levels, np.float64, count)
        self._quantities = np.fromiter(levels.values(), np.float64, count)
        self._pending: list[Mapping[float, float]] = []

    def note(self, levels: Mapping[float, float]) -> None:
        """Remember an update: absolute quantities by price, 0 deletes."""
        self._pending.append(levels)
        if len(self._pending) >= MAX_PENDING:
            self._catch_up()

    def read(self) -> tuple[FloatArray, FloatArray]:
        """Return prices and quantities, in no order; valid until the next update."""
        if self._pending:
            self._catch_up()
        return self._prices, self._quantities

    def _catch_up(self) -> None:
        changed: dict[float, float] = {}
        for levels in self._pending:
            changed.update(levels)
        self._pending.clear()
        slots, known = self._slots, len(self._slots)
        places = np.fromiter(map(slots.__getitem__, changed), np.intp, len(changed))
        added = len(slots) - known
        if added:
            newest = list(islice(reversed(slots), added))
            self._prices = np.concatenate((self._prices, newest[::-1]))
            self._quantities = np.concatenate((self._quantities, np.zeros(added)))
        self._quantities[places] = np.fromiter(changed.values(), np.float64, len(changed))
