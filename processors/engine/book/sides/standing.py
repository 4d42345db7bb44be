"""The levels of a side that stand, as numpy arrays."""

from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


class Standing(NamedTuple):
    """The levels that stand, from the best one outwards: price and notional, quote currency."""

    prices: FloatArray
    usd: FloatArray
    usd_up_to: FloatArray
    """Notional of each level and of all better ones, added up outwards: so no sum depends on the
    side or on where levels stand in memory."""
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

    def usd_of_best(self, count: int) -> float:
        """Return the notional of the best `count` levels, quote currency."""
        return float(self.usd_up_to[count - 1]) if count else 0.0
