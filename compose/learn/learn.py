"""From tapes to a model and its judgement on other tapes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

import numpy as np

from compose.errors import UserError
from compose.learn.choice import TreeChoice, choose, fit
from compose.learn.hazard import RISKS, Scaling
from compose.learn.probabilities import model_probabilities
from compose.learn.samples import CODES, Samples
from compose.learn.skill import FEWEST_ORDERS, graded, reliability, skill_of
from compose.learn.table import DistanceAgeTable
from schemas.fate.model import FATE_FEATURES, FateForecast, FateModel, FigureBins, TapeNote

BINS: Final = 10


@dataclass(frozen=True, slots=True)
class Learned:
    """A model, judged."""

    model: FateModel
    reliability: dict[str, list[dict[str, Any]]]
    """By forecast."""
    unused: tuple[str, ...]
    """Figures that the training tapes could say nothing about."""
    trees: TreeChoice


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
    choice = choose(training, scaling, say)
    phases = fit(training, scaling, trees=choice.is_chosen, say=say)
    told = model_probabilities(phases, scaling, reporting.features)
    table = DistanceAgeTable.of(training).probabilities(reporting.features)
    say("judging")
    model = FateModel(
        features=FATE_FEATURES,
        means=tuple(scaling.means.tolist()),
        scales=tuple(scaling.scales.tolist()),
        phases=phases,
        skill={
            name: skill_of(
                reporting, name, told, table, is_learned=_orders(training, name) >= FEWEST_ORDERS
            )
            for name in FateForecast
        },
        bins=_bins(training, scaling),
        trained_on=training.notes,
        reported_on=reporting.notes,
    )
    curves = {name.value: reliability(reporting, name, told) for name in FateForecast}
    unused = tuple(name for name, used in zip(FATE_FEATURES, scaling.used, strict=True) if not used)
    return Learned(model, curves, unused, choice)


def _bins(samples: Samples, scaling: Scaling) -> tuple[FigureBins, ...]:
    """Return how each figure is distributed, in tenths where no value is met that often."""
    found = []
    for column, is_used in zip(samples.features.T, scaling.used, strict=True):
        if not is_used:
            found.append(FigureBins())
            continue
        cuts = np.unique(np.round(np.quantile(column, np.arange(1, BINS) / BINS), 9))
        places = np.searchsorted(cuts, column, "left")
        shares = np.bincount(places, minlength=len(cuts) + 1) / len(column)
        found.append(
            FigureBins(cuts=tuple(cuts.tolist()), shares=tuple(np.round(shares, 6).tolist()))
        )
    return tuple(found)


def _orders(samples: Samples, forecast: FateForecast) -> int:
    """Return for how many orders a forecast would have come true."""
    known, came = graded(samples, forecast)
    return len(np.unique(samples.order[known & (came > 0)]))


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
