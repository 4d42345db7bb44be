"""Holds what a detector found against what happened."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from compose.evaluation.detectors.base import Detection
from compose.evaluation.injection.episode import CLASSES, Episode, Group
from compose.evaluation.injection.inject import Injected, LevelTruth
from compose.evaluation.injection.path import MarketPath
from schemas.signals import Classification, Side

TOLERANCE: Final = 0.01
SMALL_FILL: Final = 0.1
"""Of an order that traded less than this share of its size, the tolerance is that of this share."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a detector made of one episode."""

    market: str
    seed: int
    group: Group
    actor: str
    side: Side
    price: float
    started_ms: int
    label: Classification
    found: Classification | None
    """None: it saw no order there."""
    beside: tuple[Classification, ...]
    """Other, wrong classes of orders that it saw on the level during the episode."""
    distance_bps: float
    lifetime_ms: int
    traded: float
    """What was really traded on the level while it was followed, base quantity."""
    attributed: float
    """What the detector says was traded."""
    size: float
    """Largest displayed quantity."""
    delay_ms: int | None
    """Event time from the moment when the label was knowable to that which it was told for; None
    unless the label was found."""
    wait_ms: int | None
    """The same to the newest event time that had been read when it was told."""
    iceberg: bool
    iceberg_found: bool
    evidence: dict[str, float] | None
    """The pieces of the spoof score at the pull."""

    @property
    def correct(self) -> bool:
        """Whether it is the label; no order and no class are the same where none is to be told."""
        return (self.found or Classification.UNKNOWN) is self.label

    @property
    def is_scored(self) -> bool:
        """Whether the label is one of the six classes."""
        return self.label in CLASSES

    @property
    def attribution_is_right(self) -> bool:
        """Whether the traded quantity is told within 1 %."""
        allowed = TOLERANCE * max(self.traded, SMALL_FILL * self.size)
        return self.found is not None and abs(self.attributed - self.traded) <= allowed


def match(
    market: str,
    seed: int,
    path: MarketPath,
    injected: Injected,
    detections: Sequence[Detection],
) -> list[Outcome]:
    """Return the outcome of every episode of a pass."""
    by_level = _by_level(detections)
    outcomes: list[Outcome] = []
    for episode, truth in zip(injected.episodes, injected.truths, strict=True):
        start, end = int(path.times[episode.first]), int(path.times[episode.last])
        price = path.grid.price(episode.tick)
        found = [d for d in by_level[episode.side, price] if _overlap(d, start, end) >= 0]
        found.sort(key=lambda d: (_overlap(d, start, end), d.first_seen), reverse=True)
        outcomes.append(_outcome(market, seed, path, episode, truth, found))
    return outcomes


def _by_level(detections: Sequence[Detection]) -> dict[tuple[Side, float], list[Detection]]:
    levels: dict[tuple[Side, float], list[Detection]] = defaultdict(list)
    for detection in detections:
        levels[detection.side, detection.price].append(detection)
    return levels


def _overlap(detection: Detection, start: int, end: int) -> int:
    return min(detection.last_seen, end) - max(detection.first_seen, start)


def _outcome(
    market: str,
    seed: int,
    path: MarketPath,
    episode: Episode,
    truth: LevelTruth,
    found: Sequence[Detection],
) -> Outcome:
    """Return the outcome; the detection that overlaps most comes first in `found`."""
    start, end = int(path.times[episode.first]), int(path.times[episode.last])
    followed_until = max([end, *(detection.last_seen for detection in found)])
    best = found[0] if found else None
    delay = wait = None
    if best is not None and best.final is episode.label and episode.label in CLASSES:
        knowable = int(path.times[episode.knowable])
        delay = best.told[-1].event_time - knowable
        wait = best.told[-1].read_until - knowable
    return Outcome(
        market,
        seed,
        episode.group,
        episode.actor,
        episode.side,
        path.grid.price(episode.tick),
        start,
        episode.label,
        best.final if best else None,
        tuple(
            other.final
            for other in found[1:]
            if _overlap(other, start, end) > 0
            and other.final in CLASSES
            and other.final is not episode.label
        ),
        episode.distance_bps,
        episode.lifetime_ms,
        truth.traded_between(start, followed_until),
        sum(detection.traded_qty for detection in found),
        max(truth.shown),
        delay,
        wait,
        episode.iceberg,
        any(detection.iceberg for detection in found),
        best.evidence if best else None,
    )
