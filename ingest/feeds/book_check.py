"""Consistency check of a book: crossed, locked, duplicate levels, far from the mark price. Pure.

A book is inconsistent when it is crossed or locked, when an update has a level twice, or when one
side reaches beyond the mark price by 10 %. None of 6,547 updates of a BTCUSDT capture left the
venue's book so.
"""

import heapq
from collections.abc import Iterable
from typing import Final

from schemas.market import Level

MAX_MARK_DISTANCE: Final = 0.10
"""Share of the mark price by which the best bid may be above it or the best ask below it."""
HEAP_SLACK: Final = 1_000
"""Deleted prices a heap may hold on top of the live ones before it is rebuilt."""


class _Side:
    """The levels of one side with its best price. `sign`: -1 for bids, +1 for asks."""

    __slots__ = ("_heap", "_live", "_sign")

    def __init__(self, sign: int) -> None:
        self._sign = sign
        self._live: set[float] = set()
        self._heap: list[float] = []

    def replace(self, levels: Iterable[Level]) -> None:
        """Replace all levels."""
        self._live = {price for price, qty in levels if qty > 0}
        self._rebuild()

    def apply(self, levels: Iterable[Level]) -> None:
        """Change levels; quantity 0 deletes."""
        live, heap, sign = self._live, self._heap, self._sign
        for price, qty in levels:
            if qty <= 0:
                live.discard(price)
            elif price not in live:
                live.add(price)
                heapq.heappush(heap, sign * price)
        if len(heap) > 2 * len(live) + HEAP_SLACK:
            self._rebuild()

    def best(self) -> float | None:
        """Return the best price; None if the side is empty."""
        heap, live, sign = self._heap, self._live, self._sign
        while heap and sign * heap[0] not in live:
            heapq.heappop(heap)
        return sign * heap[0] if heap else None

    def _rebuild(self) -> None:
        self._heap = [self._sign * price for price in self._live]
        heapq.heapify(self._heap)


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
        fault = _doubled(bids, asks)
        if fault:
            return fault
        self._bids.replace(bids)
        self._asks.replace(asks)
        # Update and snapshot agree: the market itself is away from its mark price.
        self._far_confirmed = bool(self._far())
        return self._crossed()

    def apply(self, bids: list[Level], asks: list[Level]) -> str:
        """Apply an update; return the book's inconsistency after it, empty if there is none."""
        fault = _doubled(bids, asks)
        if fault:
            return fault
        self._bids.apply(bids)
        self._asks.apply(asks)
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


def _doubled(bids: list[Level], asks: list[Level]) -> str:
    for name, levels in (("bid", bids), ("ask", asks)):
        if len({price for price, _ in levels}) != len(levels):
            return f"a {name} level twice in one update"
    return ""
