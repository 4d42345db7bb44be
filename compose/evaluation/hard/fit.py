"""Fits the model of a lure's probability: logistic regression with weights that are never negative.

What a person could not call either way counts half as a lure and half as none, so that the model
does not learn from clear cases alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from compose.evaluation.hard.measure.matching import Outcome
from compose.evaluation.hard.measure.probability import is_lure
from schemas.settings import SpoofModel, SpoofWeights

NAMES: Final = tuple(SpoofWeights.model_fields)
DOUBTS: Final = (
    "the price came half the way",
    "a lure or a change of mind",
    "at the edge of the market",
    "stood for long, pulled as the price came",
)
"""Doubts about the intention, not about size or quantity."""
RIDGE: Final = 1.0
"""Pull of every weight towards 0: as one pull of the other kind at full evidence."""
STEPS: Final = 20_000
DIGITS: Final = 2

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Fit:
    """What was found."""

    model: SpoofModel
    pulls: int
    doubtful: int
    log_loss: float


def fit_model(outcomes: Sequence[Outcome]) -> Fit:
    """Return the model that fits the pulls among some outcomes best.

    Raises ValueError where there is no lure, or nothing else, among them.
    """
    chosen = [one for one in outcomes if one.pull and (not one.doubt or one.doubt in DOUBTS)]
    truth = np.array([0.5 if one.doubt else float(is_lure(one)) for one in chosen])
    if not (truth > 0.5).any() or not (truth < 0.5).any():
        raise ValueError("there is nothing to tell apart")
    evidence = np.array([[one.features.get(name, 0.0) for name in NAMES] for one in chosen])
    bias, weights = _descend(evidence, truth)
    rounded = np.round(weights, DIGITS)
    model = SpoofModel(
        bias=round(bias, DIGITS),
        weights=SpoofWeights(**dict(zip(NAMES, rounded.tolist(), strict=True))),
    )
    told = probabilities(model, evidence)
    loss = -np.mean(truth * np.log(told) + (1 - truth) * np.log(1 - told))
    return Fit(model, len(chosen), sum(bool(one.doubt) for one in chosen), float(loss))


def probabilities(model: SpoofModel, evidence: FloatArray) -> FloatArray:
    """Return what a model makes of rows of evidence, in the order of NAMES."""
    weights = np.array([getattr(model.weights, name) for name in NAMES])
    told: FloatArray = 1 / (1 + np.exp(-(model.bias + evidence @ weights)))
    return told


def _descend(evidence: FloatArray, truth: FloatArray) -> tuple[float, FloatArray]:
    """Return bias and weights: accelerated descent, each step put back to weights of 0 or more."""
    rows = np.column_stack([np.ones(len(evidence)), evidence])
    ridge = np.array([0.0, *[RIDGE] * evidence.shape[1]])
    step = 1 / (0.25 * float(np.linalg.norm(rows, 2)) ** 2 + RIDGE)
    least = np.array([-np.inf, *[0.0] * evidence.shape[1]])
    now = ahead = np.zeros(rows.shape[1])
    pace = 1.0
    for _ in range(STEPS):
        slope = rows.T @ (1 / (1 + np.exp(-(rows @ ahead))) - truth) + ridge * ahead
        following = np.maximum(ahead - step * slope, least)
        quicker = (1 + np.sqrt(1 + 4 * pace**2)) / 2
        ahead = following + (pace - 1) / quicker * (following - now)
        if float(np.abs(following - now).max()) < 1e-9:
            break
        now, pace = following, quicker
    return float(now[0]), now[1:]
