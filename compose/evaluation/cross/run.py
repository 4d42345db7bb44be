"""Puts actors on the tapes of several markets, runs all engines, and judges what they tell."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import log
from random import Random
from typing import Final

from compose.cross import CrossReplay
from compose.evaluation.cross.actors import CAST
from compose.evaluation.cross.stage import CrossStage, CrossStory, Leg
from compose.evaluation.cross.tapes import MarketTape, common_time
from compose.evaluation.injection.episode import Act, TouchTrade
from compose.evaluation.injection.inject import inject
from compose.evaluation.injection.stream import MarketStream
from processors.engine import MarketEngine
from schemas.settings import Settings
from schemas.signals import ACCUSING, Alert, CrossFinding, CrossKind
from schemas.signals.pulse import MarketPulse
from schemas.units import BPS, HOUR_MS

LEAD_MS: Final = 66_000
"""Thresholds, the basis and what is usual are taken to be known."""
TAIL_MS: Final = 4_000
APART_MS: Final = 11_500
"""Between two stories: longer than any time within which two orders are compared."""
TRIES: Final = 80
NEAR_BPS: Final = 1.5
NEAR_MS: Final = 600
"""An order that is told belongs to one of an actor within these."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One story with what was told of it."""

    run: str
    seed: int
    story: CrossStory
    found: frozenset[CrossKind]
    """Of orders of the story alone."""
    mixed: frozenset[CrossKind]
    """Of an order of the story and one of the real tape, whose owner nobody knows."""
    alerted: frozenset[CrossKind]
    """Of all these, what raised an alert."""


@dataclass(slots=True)
class CrossResults:
    """What was told of all stories, and of nobody's."""

    judged: list[Judged] = field(default_factory=list)
    strays: list[tuple[str, CrossKind]] = field(default_factory=list)
    """Findings that belong to no story and are not told of the untouched tapes, by run."""
    untouched: dict[str, tuple[float, Counter[str]]] = field(default_factory=dict)
    """By run: hours, and findings and alerts by kind on the tapes that nobody touched."""


Say = Callable[[str], None]


def evaluate_cross(
    tapes: Mapping[str, MarketTape], seeds: Sequence[int], settings: Settings, say: Say
) -> CrossResults:
    """Run all seeds over these tapes."""
    results = CrossResults()
    name = "+".join(sorted(market.partition(":")[0] for market in tapes))
    natural, alerts = tell({m: tape.stream for m, tape in tapes.items()}, settings)
    begin, end = common_time(list(tapes.values()))
    counts = Counter(one.kind.value for one in natural if one.sequence == 0)
    counts["alerts"] = len(alerts)
    results.untouched[name] = ((end - begin) / HOUR_MS, counts)
    known = {one.finding_id for one in natural}
    for number, seed in enumerate(seeds):
        say(f"{name}: seed {number + 1} of {len(seeds)}")
        stories = programme(tapes, seed)
        streams = with_acts(tapes, stories, seed)
        told, alerts = tell(streams, settings)
        by_story: dict[int, set[CrossKind]] = defaultdict(set)
        mixed: dict[int, set[CrossKind]] = defaultdict(set)
        alerted: dict[int, set[CrossKind]] = defaultdict(set)
        for one in told:
            owner, is_whole = _owner(one, stories)
            if owner is not None:
                (by_story if is_whole else mixed)[owner].add(one.kind)
                if one.finding_id in alerts:
                    alerted[owner].add(one.kind)
            elif one.sequence == 0 and one.finding_id not in known:
                results.strays.append((name, one.kind))
        results.judged += [
            Judged(
                name,
                seed,
                story,
                frozenset(by_story[place]),
                frozenset(mixed[place]),
                frozenset(alerted[place]),
            )
            for place, story in enumerate(stories)
        ]
    return results


def programme(tapes: Mapping[str, MarketTape], seed: int) -> list[CrossStory]:
    """Return the stories of one run, one after the other: the same for the same seed and tapes."""
    random = Random(f"cross:{sorted(tapes)}:{seed}")
    stage = CrossStage.of(tapes, random)
    begin, end = common_time(list(tapes.values()))
    now, stop = begin + LEAD_MS, end - TAIL_MS
    stories: list[CrossStory] = []
    queue: list[int] = []
    while now < stop:
        if not queue:
            queue = random.sample(range(len(CAST)), len(CAST))
        story = next(
            (s for _ in range(TRIES) if (s := CAST[queue[0]](stage, now)) is not None), None
        )
        queue.pop(0)
        if story is None:
            now += 500
        elif story.last_ms >= stop:
            break
        else:
            stories.append(story)
            now = story.last_ms + APART_MS
    return stories


def with_acts(
    tapes: Mapping[str, MarketTape], stories: Sequence[CrossStory], seed: int
) -> dict[str, MarketStream]:
    """Return the streams with the stories in them."""
    streams: dict[str, MarketStream] = {}
    for market, tape in tapes.items():
        acts: list[Act] = []
        for story in stories:
            episodes = tuple(leg.episode for leg in story.legs if leg.market == market)
            flow: tuple[TouchTrade, ...] = tuple(t for name, t in story.flow if name == market)
            if episodes or flow:
                acts.append(Act(episodes, flow))
        streams[market] = inject(tape.stream, tape.path, tuple(acts), seed).stream
    return streams


def tell(
    streams: Mapping[str, MarketStream], settings: Settings
) -> tuple[list[CrossFinding], set[str]]:
    """Return the findings of all markets together, and the ids of those that raised an alert."""
    cross = CrossReplay(settings.cross, streams)
    findings: list[CrossFinding] = []
    alerted: set[str] = set()
    for _, stream in sorted(streams.items()):
        for pulse in pulses_of(stream, settings):
            for signal in cross.take(pulse):
                if isinstance(signal, CrossFinding):
                    findings.append(signal)
                elif isinstance(signal, Alert):
                    alerted.add(signal.evidence["finding_id"])
    return findings, alerted


def pulses_of(stream: MarketStream, settings: Settings) -> Iterator[MarketPulse]:
    """Yield what the market's own engine tells of each second."""
    engine = MarketEngine(
        stream.venue, stream.symbol, settings.engine_for(stream.symbol), with_pulses=True
    )
    for record, offset in stream.with_offsets():
        engine.apply(record, offset)
        yield from engine.take_pulses()


def _owner(found: CrossFinding, stories: Sequence[CrossStory]) -> tuple[int | None, bool]:
    """Return the story that a finding is of, and whether all of its orders are the story's."""
    for place, story in enumerate(stories):
        pieces = [
            any(_is_leg(found, number, leg) for leg in story.legs)
            for number in range(len(found.order_ids))
        ]
        if any(pieces):
            return place, all(pieces)
    return None, False


def _is_leg(found: CrossFinding, number: int, leg: Leg) -> bool:
    return (
        found.markets[number] == leg.market
        and found.side is leg.episode.side
        and abs(log(found.prices[number] / leg.price)) * BPS <= NEAR_BPS
        and abs(found.since[number] - leg.first_ms) <= NEAR_MS
    )


def is_accusing(kinds: frozenset[CrossKind]) -> bool:
    """Tell whether anybody was accused."""
    return any(kind in ACCUSING for kind in kinds)
