"""Whether trees on top of the logistic hazards are worth it: judged within the training tapes, on
orders that the fit has not seen, so that the other tapes judge one model only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any, Final

import numpy as np

from compose.learn.boost import boosted_phase, can_boost
from compose.learn.hazard import PHASE_ENDS_MS, RISKS, Scaling, fit_phase
from compose.learn.probabilities import model_probabilities
from compose.learn.samples import CODES, Floats, Ints, Samples
from compose.learn.skill import FEWEST_ORDERS, SEED, graded, place_of
from dashboards.proof.intervals import FEWEST_BLOCKS, MOST_BLOCKS, bootstrap
from schemas.fate.model import FateForecast, Phase

FOLDS: Final = 4
FOLD_BLOCK_MS: Final = 120_000
"""Orders that began within the same block of time are left out together."""


@dataclass(frozen=True, slots=True)
class TreeChoice:
    """Whether the model has trees, and why."""

    is_chosen: bool
    reason: str
    gain: float | None = None
    """Brier score of the logistic hazards less that with trees, over that of saying how often it
    comes true, mean of the forecasts, on orders left out of the fit; None where it was not tried.
    """
    low: float | None = None
    high: float | None = None
    """95 % interval, resampled by orders."""


def fit(
    samples: Samples, scaling: Scaling, *, trees: bool, say: Callable[[str], None]
) -> tuple[Phase, ...]:
    """Return the phases fitted to some samples."""
    phases, begin_ms = [], 0
    for ends_ms in PHASE_ENDS_MS:
        what = "trees on top of" if trees else "hazards of"
        say(f"fitting {what} {begin_ms // 1_000} to {ends_ms[-1] // 1_000} s")
        phase = fit_phase(samples, scaling, begin_ms, ends_ms)
        phases.append(boosted_phase(samples, scaling, begin_ms, phase) if trees else phase)
        begin_ms = ends_ms[-1]
    return tuple(phases)


def choose(samples: Samples, scaling: Scaling, say: Callable[[str], None]) -> TreeChoice:
    """Tell whether trees beat the logistic hazards on orders that neither was fitted to."""
    if not can_boost():
        return TreeChoice(False, "not tried: pip install 'wallwatch[learn]'")
    gain, known = np.zeros(len(samples)), np.zeros(len(samples), dtype=np.bool_)
    for number, held in enumerate(_folds(samples)):
        rest = select(samples, ~held)
        if not held.any() or not all((rest.fate == CODES[risk]).any() for risk in RISKS):
            continue
        say(f"trees or none: fold {number + 1} of {FOLDS}")
        own = select(samples, held)
        losses = []
        for trees in (False, True):
            phases = fit(rest, scaling, trees=trees, say=lambda _: None)
            losses.append(_losses(own, model_probabilities(phases, scaling, own.features)))
        gain[held], known[held] = losses[0] - losses[1], True
    orders = np.unique(samples.order[known], return_inverse=True)[1]
    count = int(orders.max()) + 1 if len(orders) else 0
    if count < max(FEWEST_ORDERS, FEWEST_BLOCKS):
        return TreeChoice(False, f"{count} orders are too few to say")
    interval = bootstrap(gain[known], orders % MOST_BLOCKS, np.random.default_rng(SEED))
    low, high = round(interval.low, 4), round(interval.high, 4)
    better = low > 0
    words = "better" if better else "not proven better"
    return TreeChoice(
        better,
        f"{words} than the logistic hazards on orders left out of the fit",
        round(interval.mean, 4),
        low,
        high,
    )


def select(samples: Samples, chosen: Any) -> Samples:
    """Return some of the rows."""
    columns = {
        field.name: getattr(samples, field.name)[chosen]
        for field in fields(samples)
        if field.name != "notes"
    }
    return replace(samples, **columns)


def _folds(samples: Samples) -> list[Any]:
    """Return which rows each fold leaves out: all of an order, and of its time."""
    order = np.unique(samples.order, return_inverse=True)[1]
    first = np.full(int(order.max()) + 1, np.iinfo(np.int64).max)
    np.minimum.at(first, order, samples.time_ms)
    fold: Ints = (first // FOLD_BLOCK_MS % FOLDS)[order]
    return [fold == number for number in range(FOLDS)]


def _losses(samples: Samples, told: Floats) -> Floats:
    """Return the squared errors of each row over those of saying how often it comes true, mean of
    the forecasts that came true at all."""
    total, count = np.zeros(len(samples)), 0
    for forecast in FateForecast:
        known, came = graded(samples, forecast)
        if not (known & (came > 0)).any():
            continue
        horizon, risk = place_of(forecast)
        loss = np.where(known, (told[:, horizon, risk] - came) ** 2, 0.0)
        spread = float(came[known].mean() * (1 - came[known].mean())) or 1.0
        total += loss / spread
        count += 1
    return total / max(count, 1)
