"""The rules of an earlier monitor: polls of the REST book, and trades somewhere near the price."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from compose.evaluation.detectors.base import Detection, newest_time
from compose.evaluation.detectors.plain_book import PlainBook
from compose.evaluation.injection.stream import MarketStream
from processors.engine.book.sides.rings import Rings
from processors.engine.orders.threshold import RollingThreshold
from schemas.market import DepthDiff, DepthSnapshot, Level, Trade, Trades
from schemas.settings import EngineSettings, ThresholdSettings
from schemas.signals import Classification, Side
from schemas.units import BPS

POLL_MS: Final = 2_000
LEVELS: Final = 1_000
NEAR: Final = 0.0005
"""A trade within this share of the price counts as one of the order's."""


@dataclass(slots=True)
class _Tracked:
    detection: Detection
    max_qty: float
    observations: int = 1
    impact: float = 0.0


@dataclass(slots=True)
class _Tape:
    """Trades since the poll before, by price."""

    trades: list[Trade] = field(default_factory=list)

    def near(self, price: float) -> float:
        """Return the base quantity traded within NEAR of a price, by either side."""
        low = bisect_left(self.trades, price * (1 - NEAR), key=lambda trade: trade.price)
        high = bisect_right(self.trades, price * (1 + NEAR), key=lambda trade: trade.price)
        return sum(trade.qty for trade in self.trades[low:high])


class ReferenceDetector:
    """A snapshot of 1,000 levels every 2 s; gone within 3 s is a SPOOF."""

    name = "reference"

    def __init__(self, settings: EngineSettings) -> None:
        self._settings = settings

    def run(self, stream: MarketStream) -> list[Detection]:
        """Return the orders it tracked."""
        poll = _Poll(self._settings)
        book, tape = PlainBook(), _Tape()
        now = due = 0
        for record in stream.records:
            now = newest_time(record, now)
            if isinstance(record, DepthSnapshot):
                book.load(record)
                due = due or record.event_time
            elif isinstance(record, DepthDiff) and due:
                while record.event_time > due:
                    tape.trades.sort(key=lambda trade: trade.price)
                    poll.take(due, now, book, tape)
                    tape = _Tape()
                    due += POLL_MS
                book.apply(record)
            elif isinstance(record, Trades):
                tape.trades += record.trades
        return poll.finish(now)


class _Poll:
    """What the monitor remembers from poll to poll."""

    def __init__(self, settings: EngineSettings) -> None:
        self._limits, self._lifecycle = settings.classify, settings.lifecycle
        self._sampled = settings.threshold
        self._threshold = RollingThreshold(settings.threshold)
        self._sample_ms = settings.threshold.sample_s * 1_000
        self._next_sample = 0
        self._read_until = 0
        self._tracked: dict[tuple[Side, float], _Tracked] = {}
        self._spoofs: list[tuple[int, Side]] = []
        self._done: list[Detection] = []

    def take(self, now: int, read_until: int, book: PlainBook, tape: _Tape) -> None:
        """Compare a poll at `now` (ms) with the one before."""
        self._read_until = read_until
        sides = {side: book.top(side, LEVELS) for side in Side}
        mid = sum(levels[0][0] for levels in sides.values()) / len(sides)
        if now >= self._next_sample:
            self._next_sample = now + self._sample_ms
            rings = (_rings(sides[side], mid, self._sampled) for side in Side)
            self._threshold.sample(now, *rings)
        depth_usd = sum(
            price * qty
            for levels in sides.values()
            for price, qty in levels[: self._lifecycle.impact_levels]
        )
        for side, levels in sides.items():
            self._compare(now, side, levels, mid, depth_usd, tape)

    def finish(self, now: int) -> list[Detection]:
        """Return everything that was tracked, the open ones included."""
        for tracked in self._tracked.values():
            tracked.detection.last_seen = now
            self._done.append(tracked.detection)
        return self._done

    def _compare(
        self,
        now: int,
        side: Side,
        levels: list[Level],
        mid: float,
        depth_usd: float,
        tape: _Tape,
    ) -> None:
        large = {
            price: qty
            for price, qty in levels
            if price * qty >= self._threshold.at(side, abs(price - mid) / mid * BPS)
        }
        for price, qty in large.items():
            tracked = self._tracked.get((side, price))
            if tracked is None:
                tracked = _Tracked(Detection(side, price, now, now), qty)
                self._tracked[side, price] = tracked
            else:
                tracked.observations += 1
                tracked.detection.traded_qty += tape.near(price)
                tracked.max_qty = max(tracked.max_qty, qty)
            tracked.impact = price * qty / depth_usd if depth_usd else 0.0
            tracked.detection.last_seen = now
            found = self._class_of(tracked, now, gone=False)
            tracked.detection.tell(now, self._read_until, found)
        for key in [key for key in self._tracked if key[0] is side and key[1] not in large]:
            tracked = self._tracked.pop(key)
            tracked.detection.traded_qty += tape.near(key[1])
            tracked.detection.last_seen = now
            classification = self._class_of(tracked, now, gone=True)
            if classification is Classification.SPOOF:
                self._spoofs.append((now, side))
            tracked.detection.tell(now, self._read_until, classification)
            self._done.append(tracked.detection)

    def _class_of(self, tracked: _Tracked, now: int, gone: bool) -> Classification:
        limits, detection = self._limits, tracked.detection
        lifetime, side = now - detection.first_seen, detection.side
        if gone and lifetime < limits.spoof_lifetime_ms:
            return Classification.SPOOF
        if detection.traded_qty / tracked.max_qty >= limits.sweep_fill_ratio:
            return Classification.SWEEP_BUY if side is Side.ASK else Classification.SWEEP_SELL
        heavy = tracked.impact >= limits.impact_ratio
        persistent = (
            tracked.observations >= self._lifecycle.persistent_observations
            and lifetime >= self._lifecycle.persistent_ms
        )
        if heavy and persistent:
            bid = side is Side.BID
            return Classification.DEFENSIVE_BUY if bid else Classification.DEFENSIVE_SELL
        since = now - limits.pattern_window_ms
        lures = sum(time >= since and own is side for time, own in self._spoofs)
        if heavy and lures >= limits.pattern_spoofs:
            return Classification.MANIPULATION
        return Classification.UNKNOWN


def _rings(levels: list[Level], mid: float, settings: ThresholdSettings) -> Rings:
    prices, quantities = (np.array(figures) for figures in zip(*levels, strict=True))
    distance_bps = np.abs(prices - mid) / mid * BPS
    ends_bps, near_bps = settings.distances_bps, settings.depth_bps
    return Rings.of(distance_bps, prices * quantities, ends_bps, near_bps)
