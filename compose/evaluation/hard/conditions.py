"""What befalls a run on its way: nothing, feed faults, or another scale of quantities."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from functools import partial
from random import Random
from typing import Any, Final

from compose.evaluation.hard.feed.depth_gaps import with_gaps
from compose.evaluation.hard.feed.repack import repacked
from compose.evaluation.hard.feed.scale import scaled
from compose.evaluation.hard.feed.trade_faults import AGGREGATED_MS, aggregated, late, lost
from compose.evaluation.hard.story import Story
from compose.evaluation.injection.path import MarketPath
from compose.evaluation.injection.stream import MarketStream
from schemas.settings import EngineSettings, merged

HIT: Final = 0.6
"""Share of the orders in the life of which a fault falls."""


class Condition(StrEnum):
    """One state of the feed, or one scale."""

    SOUND = "sound"
    LOST = "trades lost"
    LATE = "trades late"
    AGGREGATED = "trades aggregated, alignment 0"
    ALIGNED = "trades aggregated, alignment 100 ms"
    GAPS = "depth gaps"
    TENTH = "quantities / 10"
    THIRTIETH = "quantities / 30"
    MILLIONTH = "quantities / 1e6, no floor"


FAULTS: Final = (
    Condition.LOST,
    Condition.LATE,
    Condition.AGGREGATED,
    Condition.ALIGNED,
    Condition.GAPS,
)
SCALES: Final = {Condition.TENTH: 0.1, Condition.THIRTIETH: 1 / 30, Condition.MILLIONTH: 1e-6}


def settings_under(condition: Condition, settings: EngineSettings) -> EngineSettings:
    """Return the settings that a condition is judged with."""
    changes: dict[Condition, dict[str, Any]] = {
        Condition.ALIGNED: {"lifecycle": {"trade_alignment_ms": AGGREGATED_MS}},
        Condition.MILLIONTH: {"threshold": {"min_usd": 0.0}},
    }
    if condition not in changes:
        return settings
    return EngineSettings.model_validate(merged(settings.model_dump(), changes[condition]))


def befallen(
    stream: MarketStream,
    condition: Condition,
    path: MarketPath,
    stories: Sequence[Story],
    seed: int,
) -> MarketStream:
    """Return the stream as it reaches the engine under a condition."""
    if condition in SCALES:
        return scaled(stream, SCALES[condition])
    random = Random(f"{condition}:{seed}")
    hit = [story for story in stories if random.random() < HIT]
    match condition:
        case Condition.LOST:
            fault = partial(lost, moments=_fills(path, hit, random), random=random)
            return repacked(stream, fault)
        case Condition.LATE:
            fault = partial(late, moments=_fills(path, hit, random), random=random)
            return repacked(stream, fault)
        case Condition.AGGREGATED | Condition.ALIGNED:
            return repacked(stream, aggregated)
        case Condition.GAPS:
            return with_gaps(stream, _middles(path, hit[::4], random))
        case _:
            return stream


def _fills(path: MarketPath, stories: Sequence[Story], random: Random) -> list[int]:
    """Return a moment at which takers trade with each story, or else one of its life."""
    moments = []
    for story in stories:
        fills = [m.update for leg in story.legs for m in leg.moves if m.traded or m.hidden]
        update = random.choice(fills) if fills else random.randint(story.first, story.last)
        moments.append(int(path.times[update]))
    return moments


def _middles(path: MarketPath, stories: Sequence[Story], random: Random) -> list[int]:
    """Return a moment in the life of each story."""
    return [int(path.times[random.randint(s.first, s.last)]) for s in stories]
