"""The engine itself."""

from __future__ import annotations

from compose.evaluation.detectors.base import Detection, newest_time
from compose.evaluation.injection.stream import MarketStream
from processors.engine.engine import MarketEngine
from schemas.settings import EngineSettings
from schemas.signals import LargeOrderEvent


class WallwatchDetector:
    """Runs the engine record by record, as the worker does."""

    name = "wallwatch"

    def __init__(self, settings: EngineSettings) -> None:
        self._settings = settings

    def run(self, stream: MarketStream) -> list[Detection]:
        """Return the large orders of the engine."""
        engine = MarketEngine(stream.venue, stream.symbol, self._settings)
        found: dict[str, Detection] = {}
        still_open: set[str] = set()
        now = 0
        for record, offset in stream.with_offsets():
            now = newest_time(record, now)
            for signal in engine.apply(record, offset):
                if isinstance(signal, LargeOrderEvent):
                    _note(found, still_open, signal, now)
        for order_id in still_open:
            found[order_id].last_seen = now
        return list(found.values())


def _note(
    found: dict[str, Detection], still_open: set[str], event: LargeOrderEvent, now: int
) -> None:
    detection = found.get(event.order_id)
    if detection is None:
        detection = Detection(event.side, event.price, event.first_seen, event.event_time)
        found[event.order_id] = detection
        still_open.add(event.order_id)
    if event.closed_at is not None:
        still_open.discard(event.order_id)
        detection.last_seen = event.closed_at
    detection.traded_qty = event.traded_qty
    detection.iceberg = event.is_iceberg
    detection.evidence = event.evidence.get("spoof_evidence", detection.evidence)
    detection.tell(event.event_time, now, event.classification)
