"""The levels of a side that stand, as numpy arrays."""

from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from processors.engine.book.sides.profile import Bands, DepthProfile

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

    def profile(self, bands: Bands) -> DepthProfile:
        """Return the notional within distances from mid and by price bucket."""
        parts_of_best = np.zeros(len(self.usd) + 1)
        np.rint(self.usd * bands.parts).cumsum(out=parts_of_best[1:])
        reached = np.abs(self.prices - bands.mid).searchsorted(bands.reaches, "right")
        # Buckets follow each other as prices do, so each is a difference of two sums.
        edges = np.arange(bands.low, bands.low + bands.buckets + 1)
        below = np.floor(self.ascending / bands.step).searchsorted(edges, "left")
        sums = parts_of_best[len(self.usd) - below if self.best_last else below]
        by_bucket = np.abs(np.diff(sums))
        return DepthProfile(parts_of_best[reached].tolist(), by_bucket.tolist())
