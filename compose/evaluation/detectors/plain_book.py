"""A book of two dicts, for the detectors that the engine is compared with."""

from __future__ import annotations

from schemas.market import DepthDiff, DepthSnapshot, Level
from schemas.signals import Side


class PlainBook:
    """Base quantity by price and side."""

    def __init__(self) -> None:
        self.levels: dict[Side, dict[float, float]] = {Side.BID: {}, Side.ASK: {}}

    def load(self, snapshot: DepthSnapshot) -> None:
        """Replace the book."""
        self.levels = {Side.BID: dict(snapshot.bids), Side.ASK: dict(snapshot.asks)}

    def apply(self, diff: DepthDiff) -> None:
        """Apply absolute quantities; 0 deletes."""
        for side, changes in ((Side.BID, diff.bids), (Side.ASK, diff.asks)):
            book = self.levels[side]
            for price, qty in changes:
                if qty:
                    book[price] = qty
                else:
                    book.pop(price, None)

    def top(self, side: Side, count: int) -> list[Level]:
        """Return the best `count` levels, best first."""
        book = self.levels[side]
        prices = sorted(book, reverse=side is Side.BID)[:count]
        return [(price, book[price]) for price in prices]
