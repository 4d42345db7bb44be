"""Whether the probability of a lure is one: rank, square error and reliability."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from compose.evaluation.hard.measure.matching import Outcome
from schemas.signals import LURES

BINS: Final = 10

FloatArray = npt.NDArray[np.float64]


def is_lure(outcome: Outcome) -> bool:
    """Tell whether the actor of a story meant to mislead."""
    return outcome.accepted[0] in LURES


def pulls(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Return the stories without doubt that the engine holds for pulled."""
    return [outcome for outcome in outcomes if outcome.pull and not outcome.doubt]


def probability_figures(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return AUC, Brier score, its skill against the base rate, and the reliability table."""
    chosen = pulls(outcomes)
    truth = np.array([float(is_lure(one)) for one in chosen])
    told = np.array([one.probability for one in chosen])
    if not len(truth) or truth.min() == truth.max():
        return {"pulls": len(truth)}
    base = float(truth.mean())
    brier, constant = float(np.mean((told - truth) ** 2)), base * (1 - base)
    return {
        "pulls": len(truth),
        "base_rate": round(base, 4),
        "auc": round(auc(truth, told), 4),
        "brier": round(brier, 4),
        "brier_of_base_rate": round(constant, 4),
        "brier_skill": round(1 - brier / constant, 4),
        "reliability": _reliability(truth, told),
    }


def auc(truth: FloatArray, told: FloatArray) -> float:
    """Return the chance that a lure is told as more probable than what is none; ties count half."""
    order = np.argsort(told, kind="stable")
    ranks = np.empty(len(told))
    ranks[order] = np.arange(1, len(told) + 1)
    for value in np.unique(told):
        same = told == value
        ranks[same] = ranks[same].mean()
    positive = truth > 0.5
    count = int(positive.sum())
    above = ranks[positive].sum() - count * (count + 1) / 2
    return float(above / (count * (len(truth) - count)))


def _reliability(truth: FloatArray, told: FloatArray) -> list[dict[str, float]]:
    places = np.minimum((told * BINS).astype(int), BINS - 1)
    return [
        {
            "from": place / BINS,
            "to": (place + 1) / BINS,
            "told": round(float(told[places == place].mean()), 4),
            "were_lures": round(float(truth[places == place].mean()), 4),
            "pulls": int((places == place).sum()),
        }
        for place in range(BINS)
        if (places == place).any()
    ]
