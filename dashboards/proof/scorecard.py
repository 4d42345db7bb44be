"""What the outcomes say of each kind of reading, and how sure that is."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import blake2b
from math import isnan
from typing import Any, Final

import numpy as np

from dashboards.proof.cells import Cell, SymbolKey, cells_of
from dashboards.proof.controls import placebo, shifted
from dashboards.proof.intervals import (
    FEWEST_BLOCKS,
    benjamini_hochberg,
    block_ms,
    blocks_of,
    bootstrap,
)
from dashboards.proof.mids import Floats, MidSeries
from dashboards.proof.suggestions import SuggestionLine

FALSE_DISCOVERY_RATE: Final = 0.05
DIGITS: Final = 4


class Verdict(StrEnum):
    """What may be said of one line."""

    INFORMS = "informs"
    """The price went where it said more often than chance explains."""
    MISLEADS = "misleads"
    """It went the other way more often than chance explains."""
    NO_INFORMATION = "no information"
    """Nothing that chance does not explain."""
    TAKES_NO_SIDE = "takes no side"
    """UNKNOWN and the like: there is nothing to be right about."""
    TOO_FEW = "too few"
    """Too few independent stretches of time to say anything."""


@dataclass(frozen=True, slots=True)
class Line:
    """One kind of reading at one horizon. Figures in bps, in the direction of the reading; None
    where there are none."""

    kind: str
    label: str
    horizon_ms: int
    venue: str
    symbol: str
    """`ALL`: of every symbol together."""
    readings: int
    """Graded, with a direction."""
    undirected: int
    """Graded, of readings for neither way."""
    void: int
    mean_bps: float | None
    median_bps: float | None
    hit_rate: float | None
    """Share of the readings whose mid moved their way at all."""
    favourable_bps: float | None
    adverse_bps: float | None
    net_bps: float | None
    """Mean after half the spread and the fee at either end."""
    shifted_bps: float | None
    """Mean of the same readings at shifted times."""
    placebo_bps: float | None
    """Mean at matched other times; None where there are too few."""
    effect_bps: float | None
    """Mean less its control: the placebo where there is one, else the shifted."""
    low_bps: float | None
    high_bps: float | None
    """95 % interval of the effect."""
    blocks: int
    p: float | None
    """The larger one of both tests: shifted times, and resampled blocks."""
    q: float | None
    """False discovery rate over the whole table."""
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Scorecard:
    """The whole table."""

    lines: list[Line]
    outcomes: int
    void: dict[str, int]
    """Outcomes that could not be graded, by reason."""
    comparisons: int
    """Lines that were tested, over which the false discovery rate is held."""
    fee_bps: float
    since_ms: int
    until_ms: int
    """When the first reading was told and when the last outcome was known."""
    suggestions: list[SuggestionLine] = field(default_factory=list)


def judge(
    outcomes: Iterable[Mapping[str, Any]],
    series: Mapping[SymbolKey, MidSeries],
    fee_bps: float,
) -> Scorecard:
    """Judge outcomes (rows of the view `outcomes`) against the mids of their symbols.

    `fee_bps` is what a taker pays each way. The same input gives the same figures: what is drawn
    at random is drawn from a seed made of the line's name.
    """
    rows = list(outcomes)
    tested = [_test(cell, series) for cell in cells_of(rows)]
    known = [number for number, test in enumerate(tested) if test.p is not None]
    rates = benjamini_hochberg(np.array([tested[number].p for number in known], dtype=np.float64))
    q_of = dict(zip(known, rates.tolist(), strict=True))
    return Scorecard(
        [_line(test, q_of.get(number), fee_bps) for number, test in enumerate(tested)],
        len(rows),
        dict(Counter(row["void_reason"] for row in rows if row["void_reason"] is not None)),
        len(known),
        fee_bps,
        min((row["told_at"] for row in rows), default=0),
        max((row["event_time"] for row in rows), default=0),
    )


@dataclass(frozen=True, slots=True)
class _Test:
    cell: Cell
    shifted_bps: float | None = None
    placebo_bps: float | None = None
    effect_bps: float | None = None
    low_bps: float | None = None
    high_bps: float | None = None
    blocks: int = 0
    p: float | None = None


def _test(cell: Cell, series: Mapping[SymbolKey, MidSeries]) -> _Test:
    if not len(cell):
        return _Test(cell)
    seed = int.from_bytes(blake2b(repr(cell.key).encode(), digest_size=8).digest())
    random = np.random.default_rng(seed)
    away = shifted(cell, series)
    matched = placebo(cell, series, random)
    effects = _effects(cell, away.mean_bps, matched)
    known = ~np.isnan(effects)
    span = int(cell.told_ms[-1] - cell.told_ms[0]) + 1
    blocks = blocks_of(cell.told_ms[known], block_ms(cell.key.horizon_ms, span))
    count = int(blocks.max()) + 1 if len(blocks) else 0
    test = _Test(
        cell,
        None if isnan(away.mean_bps) else away.mean_bps,
        None if matched is None else float(np.nanmean(matched)),
        float(effects[known].mean()) if count else None,
        blocks=count,
    )
    if count < FEWEST_BLOCKS or away.p is None:
        return test
    interval = bootstrap(effects[known], blocks, random)
    return _Test(
        cell,
        test.shifted_bps,
        test.placebo_bps,
        interval.mean,
        interval.low,
        interval.high,
        count,
        max(interval.p, away.p),
    )


def _effects(cell: Cell, shifted_bps: float, matched: Floats | None) -> Floats:
    return cell.return_bps - (shifted_bps if matched is None else matched)


def _line(test: _Test, q: float | None, fee_bps: float) -> Line:
    cell = test.cell
    found = len(cell) > 0
    costs = cell.spread_bps + 2 * fee_bps
    return Line(
        *cell.key,
        readings=len(cell),
        undirected=cell.undirected,
        void=cell.void,
        mean_bps=_round(cell.return_bps.mean()) if found else None,
        median_bps=_round(np.median(cell.return_bps)) if found else None,
        hit_rate=_round((cell.return_bps > 0).mean()) if found else None,
        favourable_bps=_round(cell.favourable_bps.mean()) if found else None,
        adverse_bps=_round(cell.adverse_bps.mean()) if found else None,
        net_bps=_round((cell.return_bps - costs).mean()) if found else None,
        shifted_bps=_round(test.shifted_bps),
        placebo_bps=_round(test.placebo_bps),
        effect_bps=_round(test.effect_bps),
        low_bps=_round(test.low_bps),
        high_bps=_round(test.high_bps),
        blocks=test.blocks,
        p=test.p,
        q=q,
        verdict=_verdict(test, q),
    )


def _verdict(test: _Test, q: float | None) -> Verdict:
    if not test.cell.takes_side:
        return Verdict.TAKES_NO_SIDE
    if q is None or test.effect_bps is None:
        return Verdict.TOO_FEW
    if q > FALSE_DISCOVERY_RATE:
        return Verdict.NO_INFORMATION
    return Verdict.INFORMS if test.effect_bps > 0 else Verdict.MISLEADS


def _round(figure: Any) -> float | None:
    return None if figure is None else round(float(figure), DIGITS) + 0.0
