"""SPOOFs told where nobody put a lure: on the untouched capture and on innocent simulated flow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from compose.evaluation.detectors.base import Detection, Detector
from compose.evaluation.injection.simulated import START_MS, Simulated
from compose.evaluation.injection.stream import MarketStream
from ingest.exchange.market.book import Side as MarketSide
from ingest.exchange.market.episodes import MarketEpisode
from schemas.signals import Classification, Side

LURES = ("SPOOF", "MANIPULATION")
NO_CLASS = "FLICKER"
GRACE_MS = 1_000
"""A level is the actor's own from its placing until this long after its end."""


@dataclass(frozen=True, slots=True)
class Alarms:
    """False alarms in some market time."""

    count: int
    hours: float

    @property
    def per_hour(self) -> float:
        """The rate; 0 where no time was looked at."""
        return self.count / self.hours if self.hours else 0.0

    def __add__(self, other: Alarms) -> Alarms:
        return Alarms(self.count + other.count, self.hours + other.hours)


@dataclass(frozen=True, slots=True)
class OwnActor:
    """What a detector made of one episode of the simulated market's own actors."""

    actor: str
    expected: Classification
    found: Classification | None


NO_ALARMS = Alarms(0, 0.0)


def on_untouched(detector: Detector, stream: MarketStream) -> Alarms:
    """Count every SPOOF on a stream into which nothing was injected."""
    found = detector.run(stream)
    spoofs = sum(detection.final is Classification.SPOOF for detection in found)
    return Alarms(spoofs, stream.hours)


def on_simulated(detector: Detector, market: Simulated) -> tuple[Alarms, list[OwnActor]]:
    """Count the SPOOFs that are no lure of the market's own actors; tell how those were read."""
    found = detector.run(market.stream)
    lures = [episode for episode in market.episodes if episode.expected in LURES]
    false = sum(
        detection.final is Classification.SPOOF
        and not any(_is_of(detection, episode) for episode in lures)
        for detection in found
    )
    return Alarms(false, market.stream.hours), _own_actors(found, market)


def _own_actors(found: Sequence[Detection], market: Simulated) -> list[OwnActor]:
    seen_from = START_MS + 2_000
    results = []
    for episode in market.episodes:
        if not episode.clean or episode.ended_ms is None or episode.started_ms < seen_from:
            continue
        own = [detection for detection in found if _is_of(detection, episode)]
        last = max(own, key=lambda detection: detection.last_seen, default=None)
        name = "UNKNOWN" if episode.expected == NO_CLASS else episode.expected
        results.append(OwnActor(episode.actor, Classification(name), last.final if last else None))
    return results


def _is_of(detection: Detection, episode: MarketEpisode) -> bool:
    side = Side.ASK if episode.side is MarketSide.ASK else Side.BID
    ended = episode.ended_ms if episode.ended_ms is not None else detection.last_seen
    return (
        detection.side is side
        and detection.price == episode.price
        and detection.first_seen <= ended + GRACE_MS
        and detection.last_seen >= episode.started_ms
    )
