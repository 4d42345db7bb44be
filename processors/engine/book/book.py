"""The local order book of one symbol."""

from collections.abc import Iterable

from processors.engine.book.book_side import BookSide
from processors.engine.book.sides.change import ContradictionError
from schemas.market import DepthDiff, DepthSnapshot, Level
from schemas.signals import Side


class SequenceGapError(Exception):
    """A diff does not follow the last applied one: the book may not be used any more."""


class OrderBook:
    """Both sides, the venue's sequence number, and the price band that is known completely.

    `coverage` is the price range of the snapshot (low, high): outside it a level may have stood for
    long before its first diff.
    """

    __slots__ = ("_ordered", "asks", "bids", "coverage", "last_update_id", "valid")

    def __init__(self, ordered: int) -> None:
        """Make an empty book; up to `ordered` best levels a side can be asked for in order."""
        self._ordered = ordered
        self.last_update_id = 0
        self.reset()

    def side(self, side: Side) -> BookSide:
        """Return the bids or the asks."""
        return self.bids if side is Side.BID else self.asks

    def reset(self) -> None:
        """Forget everything until the next snapshot."""
        self._fill((), (), None)
        self.coverage: tuple[float, float] = (0.0, 0.0)
        self.valid = False

    def load(self, snapshot: DepthSnapshot) -> None:
        """Replace the book by a snapshot. Raises ContradictionError, and is empty then."""
        prices = [price for price, _ in (*snapshot.bids, *snapshot.asks)]
        self.coverage = (min(prices), max(prices)) if prices else (0.0, 0.0)
        self._fill(snapshot.bids, snapshot.asks, self.coverage)
        self.check_quantities()
        self.check_touch()
        self.last_update_id = snapshot.last_update_id
        self.valid = True

    def restore(
        self,
        bids: Iterable[Level],
        asks: Iterable[Level],
        coverage: tuple[float, float],
        emptied: tuple[Iterable[float], Iterable[float]],
        last_update_id: int,
        valid: bool,
    ) -> None:
        """Take over a saved book; `emptied` holds the prices of bids and asks."""
        self._fill(bids, asks, coverage, emptied)
        self.coverage, self.last_update_id, self.valid = coverage, last_update_id, valid

    def check_sequence(self, diff: DepthDiff) -> None:
        """Raise SequenceGapError unless `diff` continues from the last update that was applied.

        Ingest has already applied the venue's own rule; this is the guard against a log that lost
        records.
        """
        last, first, final = self.last_update_id, diff.first_update_id, diff.last_update_id
        if diff.prev_update_id != last and not first <= last <= final:
            raise SequenceGapError(f"diff {first}..{final} after {last}")

    def applied(self, diff: DepthDiff) -> None:
        """Note that both sides hold `diff`: the next one has to continue from it."""
        self.last_update_id = diff.last_update_id

    def check_quantities(self) -> None:
        """Raise ContradictionError where a quantity is negative."""
        self.bids.check_quantities()
        self.asks.check_quantities()

    def check_touch(self) -> None:
        """Raise ContradictionError where the best bid is not below the best ask."""
        bid, ask = self.bids.best(), self.asks.best()
        if bid and ask and bid[0] >= ask[0]:
            how = "locked" if bid[0] == ask[0] else "crossed"
            raise ContradictionError(f"{how}: bid {bid[0]!r}, ask {ask[0]!r}")

    def _fill(
        self,
        bids: Iterable[Level],
        asks: Iterable[Level],
        coverage: tuple[float, float] | None,
        emptied: tuple[Iterable[float], Iterable[float]] = ((), ()),
    ) -> None:
        low, high = coverage or (None, None)
        self.bids = BookSide(Side.BID, self._ordered, bids, low, emptied[0])
        self.asks = BookSide(Side.ASK, self._ordered, asks, high, emptied[1])

    def covers(self, side: Side, price: float) -> bool:
        """Tell whether every level of a side at this price has been known since the snapshot.

        Only the far end of a side is hidden: an ask below the lowest bid of the snapshot cannot be
        older than the fall of the price to there.
        """
        low, high = self.coverage
        return price >= low if side is Side.BID else price <= high

    def best_bid(self) -> Level | None:
        """Return (price, qty) of the best bid."""
        return self.bids.best()

    def best_ask(self) -> Level | None:
        """Return (price, qty) of the best ask."""
        return self.asks.best()

    def mid(self) -> float | None:
        """Return the middle of best bid and ask; None where a side is empty."""
        bid, ask = self.bids.best(), self.asks.best()
        return (bid[0] + ask[0]) / 2 if bid and ask else None
