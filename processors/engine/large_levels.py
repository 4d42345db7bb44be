"""Which levels of a book are large: what its updates are watched for, and the samples by which the
threshold is renewed."""

from collections.abc import Callable
from math import inf
from typing import Final

from processors.engine.book.book import OrderBook
from processors.engine.book.sides.change import LevelChange
from processors.engine.orders.threshold import RollingThreshold
from processors.engine.orders.tracker import OrderTracker
from processors.engine.scope import Scope
from schemas.market import DepthDiff
from schemas.settings import ThresholdMode
from schemas.signals import Side
from schemas.units import BPS

LEAP: Final = 1.5
"""By no larger factor does mid rise in one update. Should it, walls are found with the next sample.
"""


class LargeLevels:
    """The large levels of one book by the rules of one `Scope`."""

    def __init__(
        self,
        scope: Scope,
        book: OrderBook,
        threshold: RollingThreshold,
        tracker: OrderTracker,
        admit: Callable[[float], int],
    ) -> None:
        """`admit` is given each quantity (base) that is followed from now on."""
        self._scope, self._book, self._admit = scope, book, admit
        self._threshold, self._tracker = threshold, tracker
        settings = scope.settings
        self._piece_share = settings.cluster.piece_share
        self._highest_in_mids = inf
        if settings.threshold.mode is not ThresholdMode.ABSOLUTE:
            self._highest_in_mids = LEAP * (1 + settings.threshold.distances_bps[-1] / BPS)
        """How many times mid the price is above which no level is large."""

    def update(self, diff: DepthDiff) -> tuple[list[LevelChange], list[LevelChange]]:
        """Apply an update to both sides; return the changes of bids and asks that are followed, or
        that may be large or a piece of what is. Raises ContradictionError."""
        book, levels, share = self._book, self._tracker.levels, self._piece_share
        bid_usd, ask_usd = self._threshold.lowest_usd
        bid_piece_usd, ask_piece_usd = share * bid_usd, share * ask_usd
        mid = book.mid()
        highest = inf if mid is None else self._highest_in_mids * mid
        return (
            book.bids.update(
                diff.bids, levels.bids, bid_usd, bid_piece_usd, bid_piece_usd / highest
            ),
            book.asks.update(
                diff.asks, levels.asks, ask_usd, ask_piece_usd, ask_piece_usd / highest
            ),
        )

    def is_sampled(self, now_s: int) -> bool:
        """Tell whether the threshold is renewed at this full second, s."""
        return now_s % self._scope.settings.threshold.sample_s == 0

    def sample(self, now: int, mid: float) -> None:
        """Renew the threshold at `now` (ms); forget levels far from mid; follow what now counts as
        large."""
        settings = self._scope.settings
        ends_bps, near_bps = settings.threshold.distances_bps, settings.threshold.depth_bps
        book = self._book
        self._threshold.sample(
            now, book.bids.rings(mid, ends_bps, near_bps), book.asks.rings(mid, ends_bps, near_bps)
        )
        keep = mid * settings.book.state_band_pct / 100
        book.bids.discard_beyond(mid - keep)
        book.asks.discard_beyond(mid + keep)
        self.adopt_standing(now)

    def adopt_standing(self, now: int) -> None:
        """Follow the large levels that stand, from `now` (ms) on."""
        threshold, mid = self._threshold, self._book.mid()
        standing = [
            (side, price, qty)
            for side, least_usd in zip(Side, threshold.lowest_usd, strict=True)
            for price, qty in self._book.side(side).at_least(least_usd)
            if price * qty >= threshold.at_price(side, price, mid)
        ]
        for _, _, qty in standing:
            self._admit(qty)
        self._tracker.adopt(now, standing)
