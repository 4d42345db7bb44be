"""What the same readings would have shown if their times meant nothing."""

from collections.abc import Mapping
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
CHUNK: Final = 2_000_000
"""Looked-up moves at a time: bounds the memory."""


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
    day = _Days(cell, series, horizon_s)
    shifts = day.shifts()
    if not len(shifts):
        return Shifted(float("nan"), None)
    per_chunk = max(1, CHUNK // max(1, len(cell)))
    means = np.concatenate(
        [day.means(shifts[first : first + per_chunk]) for first in range(0, len(shifts), per_chunk)]
    )
    means = means[~np.isnan(means)]
    if not len(means):
        return Shifted(float("nan"), None)
    centre = float(means.mean())
    if len(means) < FEWEST_SHIFTS:
        return Shifted(centre, None)
    observed = abs(float(cell.return_bps.mean()) - centre)
    beyond = int((np.abs(means - centre) >= observed).sum())
    return Shifted(centre, (1 + beyond) / (1 + len(means)))


class _Days:
    """The moves of every day that has a reading, one after another in one array."""

    def __init__(self, cell: Cell, series: Mapping[SymbolKey, MidSeries], horizon_s: int) -> None:
        """Lay out `cell`'s days; what lies outside the series has no moves."""
        self._direction = cell.direction.astype(np.float64)
        self._horizon_s = horizon_s
        moves: list[Floats] = [np.empty(0)]
        begins = np.zeros(len(cell), dtype=np.int64)
        lengths = np.ones(len(cell), dtype=np.int64)
        offsets = np.zeros(len(cell), dtype=np.int64)
        self._known = np.zeros(len(cell), dtype=bool)
        owners = np.array([symbol_key(*key) for key in cell.symbols])
        filled = 0
        for key in sorted(set(cell.symbols)):
            if key not in series:
                continue
            own = series[key]
            all_moves = own.moves(horizon_s)
            mine = np.flatnonzero(owners == f"{key[0]}:{key[1]}")
            index = own.index(cell.told_ms[mine])
            days = (index + own.start_s) // DAY_S
            for day in np.unique(days):
                first = max(0, int(day) * DAY_S - own.start_s)
                last = min(len(all_moves), (int(day) + 1) * DAY_S - own.start_s)
                if last <= first:
                    continue
                these = mine[days == day]
                begins[these], lengths[these] = filled, last - first
                offsets[these] = index[days == day] - first
                self._known[these] = True
                moves.append(all_moves[first:last])
                filled += last - first
        self._moves = np.concatenate(moves)
        self._begins, self._lengths, self._offsets = begins, lengths, offsets

    def shifts(self) -> Ints:
        """Return the shifts in seconds, evenly spread: none closer than the horizon to where the
        readings are."""
        if not self._known.any():
            return np.empty(0, dtype=np.int64)
        longest = int(self._lengths[self._known].max())
        every = np.arange(self._horizon_s, longest - self._horizon_s + 1, dtype=np.int64)
        if len(every) <= MOST_SHIFTS:
            return every
        return every[np.linspace(0, len(every) - 1, MOST_SHIFTS).astype(np.int64)]

    def means(self, shifts: Ints) -> Floats:
        """Return the mean return under each shift, bps; NaN where no reading falls on a move."""
        known = self._known
        places = (self._offsets[known][None, :] + shifts[:, None]) % self._lengths[known][None, :]
        found = self._moves[places + self._begins[known][None, :]] * self._direction[known]
        counted = ~np.isnan(found)
        totals = np.where(counted, found, 0.0).sum(axis=1)
        counts = counted.sum(axis=1)
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
