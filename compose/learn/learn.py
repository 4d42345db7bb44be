"""From tapes to a model and its judgement on other tapes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from compose.errors import UserError
from compose.learn.hazard import PHASE_ENDS_MS, RISKS, Scaling, fit_phase
from compose.learn.samples import CODES, Floats, Samples
from compose.learn.skill import FEWEST_ORDERS, graded, reliability, skill_of
from compose.learn.table import DistanceAgeTable, within
from schemas.fate.model import FATE_FEATURES, FateForecast, FateModel, Phase, TapeNote


@dataclass(frozen=True, slots=True)
class Learned:
    """A model, judged."""

    model: FateModel
    reliability: dict[str, list[dict[str, Any]]]
    """By forecast."""
    unused: tuple[str, ...]
    """Figures that the training tapes could say nothing about."""


def learn(training: Samples, reporting: Samples, say: Callable[[str], None]) -> Learned:
    """Fit a model to some samples and judge it on others. Raises UserError."""
    check_apart(training.notes, reporting.notes)
    for risk in RISKS:
        if not (training.fate == CODES[risk]).any():
            raise UserError(
                f"no order of the training tapes was {risk.value}: there is nothing to learn from; "
                "give longer captures"
            )
    scaling = Scaling.of(training)
    phases, begin_ms = [], 0
    for ends_ms in PHASE_ENDS_MS:
        say(f"fitting {begin_ms // 1_000} to {ends_ms[-1] // 1_000} s")
        phases.append(fit_phase(training, scaling, begin_ms, ends_ms))
        begin_ms = ends_ms[-1]
    told = model_probabilities(phases, scaling, reporting.features)
    table = DistanceAgeTable.of(training).probabilities(reporting.features)
    say("judging")
    model = FateModel(
        features=FATE_FEATURES,
        means=tuple(scaling.means.tolist()),
        scales=tuple(scaling.scales.tolist()),
        phases=tuple(phases),
        skill={
            name: skill_of(
                reporting, name, told, table, is_learned=_orders(training, name) >= FEWEST_ORDERS
            )
            for name in FateForecast
        },
        trained_on=training.notes,
        reported_on=reporting.notes,
    )
    curves = {name.value: reliability(reporting, name, told) for name in FateForecast}
    unused = tuple(name for name, used in zip(FATE_FEATURES, scaling.used, strict=True) if not used)
    return Learned(model, curves, unused)


def _orders(samples: Samples, forecast: FateForecast) -> int:
    """Return for how many orders a forecast would have come true."""
    known, came = graded(samples, forecast)
    return len(np.unique(samples.order[known & (came > 0)]))


def model_probabilities(phases: Sequence[Phase], scaling: Scaling, features: Floats) -> Floats:
    """Return the probabilities by each horizon, shape (samples, horizons, risks)."""
    standardised, hazards = scaling(features), []
    for phase in phases:
        logits = np.stack(
            [
                np.asarray(risk.biases)[None, :]
                + (standardised @ np.asarray(risk.weights))[:, None]
                for risk in (phase.filled, phase.pulled)
            ],
            axis=2,
        )
        raised = np.exp(np.clip(logits, -50, 50))
        hazards.append(raised / (1 + raised.sum(axis=2, keepdims=True)))
    return within(hazards)


def check_apart(training: Sequence[TapeNote], reporting: Sequence[TapeNote]) -> None:
    """Raise UserError where a tape to report on shows what was trained on."""
    for ours, theirs in product(training, reporting):
        shared = sorted(set(ours.markets) & set(theirs.markets))
        meets = ours.first_ms <= theirs.last_ms and theirs.first_ms <= ours.last_ms
        if shared and meets:
            raise UserError(
                f"{ours.name} and {theirs.name} of --report-on hold the same time of "
                f"{', '.join(shared)}; report on a market or a time that the model has not seen"
            )
