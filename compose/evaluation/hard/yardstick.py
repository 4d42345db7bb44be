"""What is large on a tape that nobody touched: the sizes of the actors are multiples of it.

It is large by the shipped thresholds, whatever the settings that are judged: a detector with a
higher threshold sees less.
"""

from __future__ import annotations

from bisect import bisect_right

from compose.evaluation.injection.stream import MarketStream
from processors.engine.book.book import OrderBook
from processors.engine.orders.threshold import RollingThreshold
from schemas.market import DepthDiff, DepthSnapshot
from schemas.settings import ThresholdSettings
from schemas.signals import Side

TOP_LEVELS = 50
MS_PER_S = 1_000


class Yardstick:
    """The thresholds of an untouched tape over its time."""

    def __init__(self, stream: MarketStream) -> None:
        """Sample the book where the engine would: at the first snapshot, then every few seconds."""
        shipped = ThresholdSettings()
        self._distances, self._near_bps = shipped.distances_bps, shipped.depth_bps
        self._times: list[int] = []
        self._by_side: list[dict[Side, tuple[float, ...]]] = []
        self._threshold = RollingThreshold(shipped)
        every_ms = shipped.sample_s * MS_PER_S
        book = OrderBook(TOP_LEVELS)
        due = 0
        for record in stream.records:
            if isinstance(record, DepthSnapshot) and not book.valid:
                book.load(record)
                self._sample(record.event_time, book)
                due = (record.event_time // every_ms + 1) * every_ms
            elif isinstance(record, DepthDiff) and book.valid:
                # What happens at the full second comes after it.
                if record.event_time >= due:
                    self._sample(due, book)
                    due = (record.event_time // every_ms + 1) * every_ms
                book.check_sequence(record)
                book.bids.update(record.bids, {}, float("inf"))
                book.asks.update(record.asks, {}, float("inf"))
                book.applied(record)

    def at(self, side: Side, distance_bps: float, time: int) -> float:
        """Return the notional from which a level is large at a time (ms), quote currency."""
        place = max(0, bisect_right(self._times, time) - 1)
        thresholds = self._by_side[place][side]
        bucket = sum(distance_bps > far for far in self._distances)
        return thresholds[bucket]

    def _sample(self, time: int, book: OrderBook) -> None:
        mid = book.mid()
        if mid is None:
            return
        bids, asks = (
            side.rings(mid, self._distances, self._near_bps) for side in (book.bids, book.asks)
        )
        self._threshold.sample(time, bids, asks)
        self._times.append(time)
        self._by_side.append(
            {
                side: tuple(
                    self._threshold.at(side, distance) for distance in (*self._distances, 1e9)
                )
                for side in Side
            }
        )
