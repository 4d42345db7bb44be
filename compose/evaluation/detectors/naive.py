"""The rule that comes to mind first: large, gone within three seconds and not traded."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from compose.evaluation.detectors.base import Detection, newest_time
from compose.evaluation.injection.stream import MarketStream
from schemas.market import DepthDiff, TakerSide, Trades
from schemas.signals import Classification, Side

LARGE_USD: Final = 1_000_000.0
LIFE_MS: Final = 3_000


class NaiveDetector:
    """Every level of at least 1M USD that is gone within 3 s untraded is a SPOOF."""

    name = "naive"

    def run(self, stream: MarketStream) -> list[Detection]:
        """Return the levels of that size."""
        standing: dict[tuple[Side, float], Detection] = {}
        done: list[Detection] = []
        traded: dict[tuple[Side, float], float] = defaultdict(float)
        now = 0
        for record in stream.records:
            now = newest_time(record, now)
            if isinstance(record, Trades):
                for trade in record.trades:
                    side = Side.ASK if trade.taker is TakerSide.BUY else Side.BID
                    traded[side, trade.price] += trade.qty
            elif isinstance(record, DepthDiff):
                done += _step(record, standing, traded, now)
                traded.clear()
        for detection in standing.values():
            detection.last_seen = now
        return [*done, *standing.values()]


def _step(
    diff: DepthDiff,
    standing: dict[tuple[Side, float], Detection],
    traded: dict[tuple[Side, float], float],
    now: int,
) -> list[Detection]:
    done: list[Detection] = []
    for side, changes in ((Side.BID, diff.bids), (Side.ASK, diff.asks)):
        for price, qty in changes:
            key = side, price
            detection = standing.get(key)
            if price * qty >= LARGE_USD:
                if detection is None:
                    standing[key] = Detection(side, price, diff.event_time, diff.event_time)
                else:
                    detection.traded_qty += traded.get(key, 0.0)
            elif detection is not None:
                del standing[key]
                detection.traded_qty += traded.get(key, 0.0)
                detection.last_seen = diff.event_time
                short = diff.event_time - detection.first_seen < LIFE_MS
                if short and not detection.traded_qty:
                    detection.tell(diff.event_time, now, Classification.SPOOF)
                done.append(detection)
    return done
