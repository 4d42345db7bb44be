"""Fits the hazards of being filled and of being pulled: a multinomial logistic model of one phase
whose weights have the signs that they must have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from compose.learn.samples import CODES, Floats, Ints, Samples
from processors.engine.fate.outcome import Fate
from schemas.fate.model import FATE_FEATURES, Phase, Risk
from schemas.units import DAY_MS

PHASE_ENDS_MS: Final = ((1_000, 2_000, 5_000, 10_000), (20_000, 30_000, 45_000, 60_000))
RIDGE: Final = 10.0
"""Pull of every weight towards 0, in rows: neighbouring seconds of an order say nearly the same."""
BIAS_RIDGE: Final = 0.1
"""So that an interval in which nothing happened has a finite bias."""
FILLED_SIGNS: Final = {"distance": -1, "size": -1, "traded": 1, "flow_toward": 1, "flow_away": -1}
PULLED_SIGNS: Final = {"age": -1, "cancelled": 1, "chain": 1}
"""A figure that is not named may count either way."""
DAY_FEATURES: Final = ("day_sine", "day_cosine")
"""Left out where the tapes span less than a day: they would stand for the tape."""
RISKS: Final = (Fate.FILLED, Fate.PULLED)
STEPS: Final = 200
HALVINGS: Final = 40
PRECISION: Final = 1e-7
LEAST_SCALE: Final = 0.25
"""A figure that hardly varies on the training tapes is not blown up on others."""
LEAST_SPREAD: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Scaling:
    """How figures are standardised."""

    means: Floats
    scales: Floats
    used: npt.NDArray[np.bool_]
    """Which of them the training tapes can say anything about."""

    @classmethod
    def of(cls, samples: Samples) -> Scaling:
        """Take means and scales from training samples."""
        means, spread = samples.features.mean(axis=0), samples.features.std(axis=0)
        used = spread > LEAST_SPREAD
        if int(samples.time_ms.max() - samples.time_ms.min()) < DAY_MS:
            used &= ~np.isin(FATE_FEATURES, DAY_FEATURES)
        return cls(means, np.maximum(spread, LEAST_SCALE), used)

    def __call__(self, features: Floats) -> Floats:
        """Return figures in units of their own spread."""
        return (features - self.means) / self.scales


@dataclass(frozen=True, slots=True)
class RiskSet:
    """Samples that still stood at the begin of an interval and whose interval is known, a row each
    for every interval."""

    sample: Ints
    interval: Ints
    happened: Ints
    """As CODES."""


def risk_set(samples: Samples, begin_ms: int, ends_ms: tuple[int, ...]) -> RiskSet:
    """Return the rows of the intervals from `begin_ms` on."""
    rows = []
    for number, end_ms in enumerate(ends_ms):
        begin, begin_ms = begin_ms, end_ms
        # What happens at the same millisecond comes after the sample.
        after_ms = np.maximum(samples.after_ms, 1)
        ended = (samples.fate > 0) & (after_ms <= end_ms)
        known = (after_ms > begin) & (ended | (after_ms >= end_ms))
        index = np.flatnonzero(known)
        happened = np.where(ended[index], samples.fate[index], 0)
        rows.append((index, np.full(len(index), number), happened))
    columns = (np.concatenate(column).astype(np.int64) for column in zip(*rows, strict=True))
    return RiskSet(*columns)


def fit_phase(samples: Samples, scaling: Scaling, begin_ms: int, ends_ms: tuple[int, ...]) -> Phase:
    """Return the phase that fits best: Newton steps, each put back within the bounds of the signs
    (Bertsekas 1982)."""
    rows = risk_set(samples, begin_ms, ends_ms)
    intervals = len(ends_ms)
    design = np.column_stack(
        [np.eye(intervals)[rows.interval], scaling(samples.features)[rows.sample]]
    )
    truth = np.column_stack([rows.happened == CODES[risk] for risk in RISKS]).astype(np.float64)
    low, high = _bounds(intervals, scaling.used)
    ridge = np.r_[np.full(intervals, BIAS_RIDGE), np.full(len(FATE_FEATURES), RIDGE)]
    found = _Problem(design, truth, ridge).solve(low, high)
    filled, pulled = (
        Risk(biases=tuple(own[:intervals].tolist()), weights=tuple(own[intervals:].tolist()))
        for own in np.round(found, 6).T
    )
    return Phase(ends_ms=ends_ms, filled=filled, pulled=pulled)


def _bounds(intervals: int, used: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return the least and the largest value of each parameter, shape (parameters, risks)."""
    low = np.full((intervals + len(FATE_FEATURES), len(RISKS)), -np.inf)
    high = -low
    for column, signs in enumerate((FILLED_SIGNS, PULLED_SIGNS)):
        for number, name in enumerate(FATE_FEATURES):
            sign = signs.get(name, 0)
            if sign > 0 or not used[number]:
                low[intervals + number, column] = 0.0
            if sign < 0 or not used[number]:
                high[intervals + number, column] = 0.0
    return low, high


@dataclass(frozen=True, slots=True)
class _Problem:
    """Rows of a risk set with what happened, and the pull on each parameter."""

    design: Floats
    truth: Floats
    ridge: Floats

    def solve(self, low: Floats, high: Floats) -> Floats:
        now = np.zeros(low.shape)
        loss, hazards = self._loss(now)
        for _ in range(STEPS):
            slope = self.design.T @ (hazards - self.truth) + self.ridge[:, None] * now
            held = ((now <= low) & (slope > 0)) | ((now >= high) & (slope < 0))
            step = self._newton(slope, hazards, held)
            share = 1.0
            for _ in range(HALVINGS):
                ahead = np.clip(now - share * step, low, high)
                new_loss, new_hazards = self._loss(ahead)
                if new_loss <= loss:
                    break
                share /= 2
            gained = loss - new_loss
            if gained < 0:
                break
            now, loss, hazards = ahead, new_loss, new_hazards
            if gained < PRECISION * (1 + abs(loss)):
                break
        return now

    def _loss(self, parameters: Floats) -> tuple[float, Floats]:
        logits = self.design @ parameters
        most = np.maximum(logits.max(axis=1), 0.0)
        raised = np.exp(logits - most[:, None])
        whole = np.exp(-most) + raised.sum(axis=1)
        hazards = raised / whole[:, None]
        fit = (most + np.log(whole)).sum() - (self.truth * logits).sum()
        return float(fit + 0.5 * (self.ridge[:, None] * parameters**2).sum()), hazards

    def _newton(self, slope: Floats, hazards: Floats, held: npt.NDArray[np.bool_]) -> Floats:
        size = len(self.ridge)
        curve = np.zeros((2 * size, 2 * size))
        for row in range(2):
            for column in range(2):
                weight = hazards[:, row] * ((row == column) - hazards[:, column])
                block = self.design.T @ (self.design * weight[:, None])
                curve[row * size : (row + 1) * size, column * size : (column + 1) * size] = block
        curve += np.diag(np.tile(self.ridge, 2))
        free = ~held.T.ravel()
        step = np.zeros(2 * size)
        step[free] = np.linalg.solve(curve[np.ix_(free, free)], slope.T.ravel()[free])
        return step.reshape(2, size).T
