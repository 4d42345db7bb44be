"""What the same readings would have shown if their times meant nothing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from dashboards.proof.cells import Cell, SymbolKey
from dashboards.proof.mids import DAY_S, Floats, Ints, MidSeries
from schemas.record import symbol_key

MOST_SHIFTS: Final = 4_000
FEWEST_SHIFTS: Final = 200
"""Fewer ways to shift say nothing of how unlikely a mean is."""
PLACEBOS: Final = 20
"""Placebo times for each reading."""
LEAST_MATCHED: Final = 0.8
"""Share of the readings that must have placebos."""
FEW_A_DAY: Final = 24
"""So many readings of a day are looked up one by one; more are summed by a Fourier transform."""
TIE_BPS: Final = 1e-9
"""Means that lie closer are one: a transform rounds."""


class Shifted(NamedTuple):
    """The mean return of the readings, all shifted by the same time."""

    mean_bps: float
    p: float | None
    """How often shifted readings do as well or as badly; None where there are too few shifts."""


def shifted(cell: Cell, series: Mapping[SymbolKey, MidSeries]) -> Shifted:
    """Shift all readings together, around the clock within their day (or the shorter record).

    Their clusters and the mix of their directions stay as they are.
    """
    horizon_s = horizon_seconds(cell)
    days = list(days_of(cell, series, horizon_s))
    means = means_of(days, shifts_of(days, horizon_s))
    means = means[~np.isnan(means)]
    if not len(means):
        return Shifted(float("nan"), None)
    centre = float(means.mean())
    if len(means) < FEWEST_SHIFTS:
        return Shifted(centre, None)
    observed = abs(float(cell.return_bps.mean()) - centre)
    beyond = int((np.abs(means - centre) >= observed - TIE_BPS).sum())
    return Shifted(centre, (1 + beyond) / (1 + len(means)))


@dataclass(frozen=True)
class Day:
    """What a symbol's mid did from every second of a day, and the readings of that day."""

    moves: Floats
    """Over the horizon from each second on, bps; NaN where not known."""
    offsets: Ints
    """Second of each reading, an index of `moves`."""
    directions: Floats

    def sums(self, shifts: Ints) -> tuple[Floats, Floats]:
        """Return for each shift the sum of the readings' returns and how many are known."""
        known = (~np.isnan(self.moves)).astype(np.float64)
        moves = np.where(known > 0, self.moves, 0.0)
        if len(self.offsets) <= FEW_A_DAY:
            totals, counts = np.zeros(len(shifts)), np.zeros(len(shifts))
            for offset, direction in zip(self.offsets, self.directions, strict=True):
                places = (offset + shifts) % len(moves)
                totals += direction * moves[places]
                counts += known[places]
            return totals, counts
        places = shifts % len(moves)
        totals = _correlated(moves, self.offsets, self.directions)[places]
        return totals, np.rint(_correlated(known, self.offsets, None)[places])


def _correlated(values: Floats, offsets: Ints, weights: Floats | None) -> Floats:
    """Return for each shift around the clock the weighted sum of `values` at the shifted offsets
    (cross-correlation theorem)."""
    length = len(values)
    at = np.bincount(offsets, weights, length).astype(np.float64)
    return np.fft.irfft(np.fft.rfft(values) * np.conj(np.fft.rfft(at)), length)


def days_of(cell: Cell, series: Mapping[SymbolKey, MidSeries], horizon_s: int) -> Iterator[Day]:
    """Yield every day of every symbol that has readings; what lies outside the series is left
    out."""
    owners = np.array([symbol_key(*key) for key in cell.symbols])
    for key in sorted(set(cell.symbols)):
        if key not in series:
            continue
        own = series[key]
        every = own.moves(horizon_s)
        mine = np.flatnonzero(owners == symbol_key(*key))
        index = own.index(cell.told_ms[mine])
        days = (index + own.start_s) // DAY_S
        for day in np.unique(days):
            first = max(0, int(day) * DAY_S - own.start_s)
            last = min(len(every), (int(day) + 1) * DAY_S - own.start_s)
            if last <= first:
                continue
            these = days == day
            # A reading of the last seconds has no move of its own, and goes around all the same.
            offsets = (index[these] - first) % (last - first)
            yield Day(every[first:last], offsets, cell.direction[mine[these]].astype(np.float64))


def shifts_of(days: Sequence[Day], horizon_s: int) -> Ints:
    """Return the shifts in seconds, evenly spread: none closer than the horizon to where the
    readings are."""
    longest = max((len(day.moves) for day in days), default=0)
    every = np.arange(horizon_s, longest - horizon_s + 1, dtype=np.int64)
    if len(every) <= MOST_SHIFTS:
        return every
    return every[np.linspace(0, len(every) - 1, MOST_SHIFTS).astype(np.int64)]


def means_of(days: Sequence[Day], shifts: Ints) -> Floats:
    """Return the mean return under each shift, bps; NaN where no reading falls on a move."""
    totals, counts = np.zeros(len(shifts)), np.zeros(len(shifts))
    for day in days:
        own_totals, own_counts = day.sums(shifts)
        totals += own_totals
        counts += own_counts
    return np.where(counts > 0, totals / np.maximum(counts, 1), np.nan)


def placebo(
    cell: Cell, series: Mapping[SymbolKey, MidSeries], random: np.random.Generator
) -> Floats | None:
    """Return for each reading the mean of what its direction would have earned at other times of
    the same hour that were as restless, with no such reading within the horizon, bps.

    None where too few readings have such times. Shape (outcomes,); NaN where one has none.
    """
    horizon_s = horizon_seconds(cell)
    found = np.full(len(cell), np.nan)
    owners = np.array([symbol_key(*key) for key in cell.symbols])
    for key in sorted(set(cell.symbols)):
        if key not in series:
            continue
        own = series[key]
        moves = own.moves(horizon_s)
        mine = np.flatnonzero(owners == f"{key[0]}:{key[1]}")
        index = own.index(cell.told_ms[mine])
        free = ~np.isnan(moves) & ~_near(index, len(moves), horizon_s)
        # Two readings of the same hour and class draw from the same times.
        classes = own.hour * 8 + own.sigma_class
        pools: dict[int, Ints] = {}
        for place, at in zip(mine, index, strict=True):
            if not 0 <= at < len(classes):
                continue
            kind = int(classes[at])
            if kind not in pools:
                pools[kind] = np.flatnonzero(free & (classes[: len(moves)] == kind))
            if len(pools[kind]):
                drawn = random.choice(pools[kind], PLACEBOS)
                found[place] = moves[drawn].mean() * cell.direction[place]
    matched = np.count_nonzero(~np.isnan(found))
    return found if matched >= LEAST_MATCHED * len(cell) else None


def _near(index: Ints, length: int, horizon_s: int) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Mark the seconds that have a reading within the horizon on either side."""
    edges = np.zeros(length + 1, dtype=np.int64)
    np.add.at(edges, np.clip(index - horizon_s, 0, length), 1)
    np.add.at(edges, np.clip(index + horizon_s + 1, 0, length), -1)
    return np.cumsum(edges[:length]) > 0


def horizon_seconds(cell: Cell) -> int:
    """Return the horizon in whole seconds, at least one."""
    return max(1, round(cell.key.horizon_ms / 1_000))
