"""Tapes whose truth is known, for trials of the judgement: chance alone, or a planted drift.

What makes a judgement fool itself is in them: readings that come in bursts, when the market is
restless, several of a kind in one direction, with overlapping horizons.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from dashboards.proof.cells import SymbolKey
from dashboards.proof.intervals import FEWEST_BLOCKS
from dashboards.proof.mids import Floats, Ints, MidSeries
from dashboards.proof.scorecard import FALSE_DISCOVERY_RATE, Scorecard, Verdict, judge
from dashboards.proof.trial_market import PLAIN, TrialMarket, steps_of
from schemas.units import BPS, SECOND_MS

START_S: Final = 1_700_000_000
HORIZONS_S: Final = (1, 5, 15, 60, 300)
LABELS: Final = ("DEFENSIVE_BUY", "SPOOF", "SWEEP_SELL", "MANIPULATION")
PLANTED: Final = "SPOOF"
DRIFT_S: Final = 15
"""A planted drift is complete after this time."""
SYMBOL: Final[SymbolKey] = ("trial", "WALK")
HALF_SPREAD_BPS: Final = 0.1


@dataclass(frozen=True)
class Tape:
    """A path of mid and the outcomes of the readings on it."""

    series: MidSeries
    outcomes: list[dict[str, Any]]


def tape(
    seed: int, hours: float = 3.0, drift_bps: float = 0.0, market: TrialMarket = PLAIN
) -> Tape:
    """Return a random walk with readings; `drift_bps` follows every reading of the PLANTED kind."""
    random = np.random.default_rng(seed)
    seconds = int(hours * 3_600)
    restless = _restlessness(random, seconds)
    steps = restless * random.standard_t(5, seconds) / np.sqrt(5 / 3)
    readings = [_readings(random, restless, market) for _ in LABELS]
    steps = steps_of(market, random, steps, restless, readings)
    if market.follows_s:
        readings = [(times, _last_moves(steps, times, market.follows_s)) for times, _ in readings]
    times, directions = readings[LABELS.index(PLANTED)]
    for time, direction in zip(times, directions, strict=True):
        steps[time + 1 : time + 1 + DRIFT_S] += direction * drift_bps / DRIFT_S
    series = MidSeries(START_S, 60_000.0 * np.exp(np.cumsum(steps) / BPS))
    outcomes = [
        outcome
        for label, (times, directions) in zip(LABELS, readings, strict=True)
        for outcome in _outcomes(series, label, times, directions)
    ]
    return Tape(series, outcomes)


def _restlessness(random: np.random.Generator, seconds: int) -> Floats:
    """Return the standard deviation of each second's step, bps: it wanders by itself."""
    noise = random.standard_normal(seconds) * 0.05
    level = np.empty(seconds)
    level[0] = 0.0
    for second in range(1, seconds):
        level[second] = 0.998 * level[second - 1] + noise[second]
    return 0.3 * np.exp(level)


def _readings(
    random: np.random.Generator, restless: Floats, market: TrialMarket
) -> tuple[Ints, Ints]:
    """Return times (s) and directions of one kind: bursts, more of them where it is restless."""
    seconds = len(restless)
    weight = restless / restless.sum()
    bursts = random.choice(seconds, max(10, seconds // market.burst_every_s), p=weight)
    times: list[int] = []
    directions: list[int] = []
    for burst in bursts:
        direction = 1 if market.is_one_sided else int(random.choice((-1, 1)))
        for second in burst + random.integers(0, 30, 1 + random.poisson(2)):
            if second + max(HORIZONS_S) < seconds:
                times.append(int(second))
                directions.append(direction)
    return np.array(times, dtype=np.int64), np.array(directions, dtype=np.int64)


def _last_moves(steps: Floats, times: Ints, seconds: int) -> Ints:
    """Return which way mid went in the `seconds` up to each time."""
    path = np.cumsum(steps)
    return np.where(path[times] >= path[np.maximum(times - seconds, 0)], 1, -1).astype(np.int64)


def _outcomes(
    series: MidSeries, label: str, times: Ints, directions: Ints
) -> Iterator[dict[str, Any]]:
    for horizon_s in HORIZONS_S:
        for number, (time, direction) in enumerate(zip(times, directions, strict=True)):
            path = series.mid[time : time + horizon_s + 1]
            signed = (path / path[0] - 1.0) * BPS * direction
            told_ms = int(time + series.start_s) * SECOND_MS
            yield {
                "venue": SYMBOL[0],
                "symbol": SYMBOL[1],
                "event_id": f"{label}:{number}@{horizon_s}",
                "event_time": told_ms + horizon_s * SECOND_MS,
                "reading_kind": "order_closed",
                "label": label,
                "horizon_ms": horizon_s * SECOND_MS,
                "told_at": told_ms,
                "direction": int(direction),
                "return_bps": float(signed[-1]),
                "favourable_bps": float(max(signed.max(), 0.0)),
                "adverse_bps": float(max(-signed.min(), 0.0)),
                "half_spread_bps_at": HALF_SPREAD_BPS,
                "half_spread_bps_after": HALF_SPREAD_BPS,
                "void_reason": None,
            }


@dataclass(frozen=True, slots=True)
class TrialResult:
    """What the judgement said of one tape."""

    tested: int
    """Lines with enough blocks."""
    below: int
    """Those whose p is at most the rate, before many comparisons are allowed for."""
    called: int
    """Lines called significant."""
    found: bool
    """Whether the planted drift was called by its name at the horizon at which it is complete."""


def trial(
    seed: int, hours: float = 3.0, drift_bps: float = 0.0, market: TrialMarket = PLAIN
) -> TrialResult:
    """Judge one tape."""
    made = tape(seed, hours, drift_bps, market)
    card = judge(made.outcomes, {SYMBOL: made.series}, fee_bps=0.0)
    return TrialResult(
        sum(line.blocks >= FEWEST_BLOCKS and line.q is not None for line in card.lines),
        sum(line.p is not None and line.p <= FALSE_DISCOVERY_RATE for line in card.lines),
        sum(line.verdict in (Verdict.INFORMS, Verdict.MISLEADS) for line in card.lines),
        _is_found(card),
    )


def _is_found(card: Scorecard) -> bool:
    return any(
        line.label == PLANTED
        and line.horizon_ms == DRIFT_S * SECOND_MS
        and line.verdict is Verdict.INFORMS
        for line in card.lines
    )
