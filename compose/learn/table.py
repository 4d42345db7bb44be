"""What a model has to beat: the frequencies by distance and age alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from compose.learn.hazard import PHASE_ENDS_MS, RISKS, risk_set
from compose.learn.samples import CODES, Floats, Ints, Samples
from schemas.fate.model import FATE_FEATURES

DISTANCE_CLASSES: Final = 5
AGE_CLASSES: Final = 4
PRIOR_ROWS: Final = 10.0
"""A cell counts this many rows with the frequencies of all cells: it may hold few of its own."""
DISTANCE: Final = FATE_FEATURES.index("distance")
AGE: Final = FATE_FEATURES.index("age")


def within(hazards: list[Floats]) -> Floats:
    """Return the probabilities of each risk by the end of each phase, shape (samples, phases,
    risks), from the hazards of each phase's intervals, shape (samples, intervals, risks)."""
    stands = np.ones(len(hazards[0]))
    reached = np.zeros((len(hazards[0]), len(RISKS)))
    ends = []
    for phase in hazards:
        for interval in range(phase.shape[1]):
            reached = reached + stands[:, None] * phase[:, interval]
            stands = stands * (1 - phase[:, interval].sum(axis=1))
        ends.append(reached)
    return np.stack(ends, axis=1)


@dataclass(frozen=True, slots=True)
class DistanceAgeTable:
    """Hazards by class of distance and class of age, both with equal numbers of samples."""

    distance_cuts: Floats
    age_cuts: Floats
    hazards: list[Floats]
    """For each phase, shape (cells, intervals, risks)."""

    @classmethod
    def of(cls, samples: Samples) -> DistanceAgeTable:
        """Count the samples of training tapes."""
        distance_cuts = _cuts(samples.features[:, DISTANCE], DISTANCE_CLASSES)
        age_cuts = _cuts(samples.features[:, AGE], AGE_CLASSES)
        cells = _cells(samples.features, distance_cuts, age_cuts)
        begin_ms, hazards = 0, []
        for ends_ms in PHASE_ENDS_MS:
            hazards.append(_hazards(samples, cells, begin_ms, ends_ms))
            begin_ms = ends_ms[-1]
        return cls(distance_cuts, age_cuts, hazards)

    def probabilities(self, features: Floats) -> Floats:
        """Return the probabilities by each horizon, shape (samples, horizons, risks)."""
        cells = _cells(features, self.distance_cuts, self.age_cuts)
        return within([phase[cells] for phase in self.hazards])


def _cuts(values: Floats, classes: int) -> Floats:
    cuts: Floats = np.quantile(values, np.arange(1, classes) / classes)
    return cuts


def _cells(features: Floats, distance_cuts: Floats, age_cuts: Floats) -> Ints:
    distance = np.searchsorted(distance_cuts, features[:, DISTANCE], "right")
    age = np.searchsorted(age_cuts, features[:, AGE], "right")
    return (distance * AGE_CLASSES + age).astype(np.int64)


def _hazards(samples: Samples, cells: Ints, begin_ms: int, ends_ms: tuple[int, ...]) -> Floats:
    rows = risk_set(samples, begin_ms, ends_ms)
    count = DISTANCE_CLASSES * AGE_CLASSES
    found = np.zeros((count, len(ends_ms), len(RISKS)))
    for interval in range(len(ends_ms)):
        own = rows.interval == interval
        at_risk = np.bincount(cells[rows.sample[own]], minlength=count)
        for column, risk in enumerate(RISKS):
            met = own & (rows.happened == CODES[risk])
            happened = np.bincount(cells[rows.sample[met]], minlength=count)
            overall = happened.sum() / max(at_risk.sum(), 1)
            found[:, interval, column] = (happened + PRIOR_ROWS * overall) / (at_risk + PRIOR_ROWS)
    return found
