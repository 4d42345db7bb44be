"""Runs detectors over every pass and collects what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from compose.evaluation.detectors.base import Detector
from compose.evaluation.false_alarms import (
    NO_ALARMS,
    Alarms,
    OwnActor,
    on_simulated,
    on_untouched,
)
from compose.evaluation.injection.episode import Group
from compose.evaluation.injection.inject import Injected, inject
from compose.evaluation.injection.path import MarketPath
from compose.evaluation.injection.schedule import programme
from compose.evaluation.injection.simulated import simulate
from compose.evaluation.injection.stream import MarketStream
from compose.evaluation.matching import Outcome, match

CAPTURE: Final = "capture"
SIMULATED: Final = "simulated"
SIMULATED_S: Final = 300
FLOW_S: Final = 600
FLOW_SEEDS: Final = 6
"""So many stretches of FLOW_S seconds with the market's own actors: an hour."""

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Pass:
    """One injected stream."""

    market: str
    seed: int
    group: Group
    path: MarketPath
    injected: Injected
    not_placed: dict[str, int]


@dataclass(slots=True)
class Result:
    """What one detector did in all passes."""

    detector: str
    outcomes: list[Outcome] = field(default_factory=list)
    capture_alarms: Alarms = NO_ALARMS
    simulated_alarms: Alarms = NO_ALARMS
    own_actors: list[OwnActor] = field(default_factory=list)


@dataclass(slots=True)
class Run:
    """All results of one evaluation."""

    results: dict[str, Result]
    seeds: Sequence[int]
    not_placed: Counter[str] = field(default_factory=Counter)


def passes(
    capture: MarketStream | None, seeds: Sequence[int], simulated_s: int = SIMULATED_S
) -> Iterator[Pass]:
    """Yield the passes of every seed; both groups over the capture and over a simulated market."""
    capture_path = MarketPath(capture) if capture is not None else None
    for seed in seeds:
        simulated = simulate(seed, simulated_s, actors=False).stream
        markets = [(SIMULATED, simulated, MarketPath(simulated))]
        if capture is not None and capture_path is not None:
            markets.insert(0, (CAPTURE, capture, capture_path))
        for market, stream, path in markets:
            for group in Group:
                plan = programme(path, group, seed)
                injected = inject(stream, path, plan.acts, seed)
                missing = {f"{name} ({market})": n for name, n in plan.not_placed.items()}
                yield Pass(market, seed, group, path, injected, missing)


def evaluate(
    detectors: Sequence[Detector],
    capture: MarketStream | None,
    seeds: Sequence[int],
    progress: Progress,
    simulated_s: int = SIMULATED_S,
    flow_s: int = FLOW_S,
    flow_seeds: int = FLOW_SEEDS,
) -> Run:
    """Return what every detector made of every episode, and its false alarms."""
    run = Run({detector.name: Result(detector.name) for detector in detectors}, seeds)
    for done, one in enumerate(passes(capture, seeds, simulated_s)):
        total = len(seeds) * (4 if capture is not None else 2)
        progress(f"pass {done + 1} of {total}: {one.group}, {one.market}, seed {one.seed}")
        run.not_placed.update(one.not_placed)
        for detector in detectors:
            found = detector.run(one.injected.stream)
            run.results[detector.name].outcomes += match(
                one.market, one.seed, one.path, one.injected, found
            )
    if capture is not None:
        progress("untouched capture")
        for detector in detectors:
            run.results[detector.name].capture_alarms = on_untouched(detector, capture)
    for seed in list(seeds)[:flow_seeds]:
        progress(f"innocent flow of the simulated market, seed {seed}")
        market = simulate(seed, flow_s, actors=True)
        for detector in detectors:
            alarms, own = on_simulated(detector, market)
            result = run.results[detector.name]
            result.simulated_alarms += alarms
            result.own_actors += own
    return run
