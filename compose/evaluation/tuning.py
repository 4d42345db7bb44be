"""Searches the model of the spoof probability on tuning seeds.

The engine runs once over every pass with a model that never fires, which gives each pulled order
the class it has without it and the evidence that the model weighs. A trial then only weighs:
hundreds of them take seconds. What the found weights really do is measured by complete runs after.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Final

import numpy as np
import numpy.typing as npt

from compose.errors import UserError
from compose.evaluation.detectors.wallwatch import WallwatchDetector
from compose.evaluation.injection.episode import CLASSES, Group
from compose.evaluation.injection.stream import MarketStream
from compose.evaluation.matching import Outcome, match
from compose.evaluation.run import SIMULATED_S, Progress, passes
from schemas.settings import EngineSettings, SpoofModel, SpoofWeights, merged
from schemas.signals import Classification

SAMPLER_SEED: Final = 1
MOST_WEIGHT: Final = 12.0
LEAST_BIAS: Final = -20.0
SILENT_BIAS: Final = -100.0
LEAST_WEIGHT: Final = 0.1
"""Every piece of evidence counts: markets differ from those that the search sees."""
MARGIN_PERCENTILE: Final = 2.0
MARGIN_WEIGHT: Final = 0.3
MARGIN_CAP: Final = 0.1
"""Weights that part lures from others with room to spare are better than such that just do."""
NAMES: Final = tuple(SpoofWeights.model_fields)
SPACE: Final = (*((name, LEAST_WEIGHT, MOST_WEIGHT) for name in NAMES), ("bias", LEAST_BIAS, 0.0))
CURVE_LIMITS: Final = tuple(round(0.30 + 0.02 * step, 2) for step in range(31))

FloatArray = npt.NDArray[np.float64]
_SPOOF: Final = CLASSES.index(Classification.SPOOF)
_NO_CLASS: Final = len(CLASSES)


@dataclass(frozen=True, slots=True)
class Pulls:
    """The outcomes of one group as arrays, one row an episode."""

    evidence: FloatArray
    """Pieces of the score in the order of NAMES; 0 where the order was not pulled."""
    label: npt.NDArray[np.int64]
    found: npt.NDArray[np.int64]
    """Class without the score, as index into CLASSES."""

    @property
    def undecided(self) -> npt.NDArray[np.bool_]:
        """Pulled orders whose class is for the score to tell."""
        pulled: npt.NDArray[np.bool_] = self.evidence.max(axis=1) > 0
        return pulled & np.not_equal(self.found, _SPOOF)

    def probabilities(self, weights: FloatArray) -> FloatArray:
        """Return the probability that the model, `weights` and the bias behind them, gives each."""
        odds = self.evidence @ weights[:-1] + weights[-1]
        probabilities: FloatArray = 1 / (1 + np.exp(-odds))
        return np.where(self.evidence.max(axis=1, initial=0.0) > 0, probabilities, 0.0)

    def classes(self, weights: FloatArray, limit: float) -> npt.NDArray[np.int64]:
        """Return the class of every episode once the model has its say."""
        return np.where(self.probabilities(weights) >= limit, _SPOOF, self.found)


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """What a limit of the score would do."""

    limit: float
    slow_lures_found: float
    """Share of the lures that only the score can tell."""
    others_accused: float
    """Share of the other pulled orders that it calls SPOOF."""


@dataclass(frozen=True, slots=True)
class Tuned:
    """The outcome of a search."""

    model: SpoofModel
    limit: float
    objective: float
    macro_before: dict[str, float]
    """Macro F1 by group that the weights before would reach on the recorded pulls."""
    macro_expected: dict[str, float]
    """The same for the weights found."""
    trials: int
    curve: list[CurvePoint]
    curve_before: list[CurvePoint]
    """The same for the weights that the search began with."""


def collect(
    settings: EngineSettings,
    capture: MarketStream | None,
    seeds: Sequence[int],
    progress: Progress,
    simulated_s: int = SIMULATED_S,
) -> list[Outcome]:
    """Return the outcomes of the engine without the score, with the evidence of every pull."""
    weights = dict.fromkeys(NAMES, 0.0)
    silent = {"classify": {"spoof_model": {"bias": SILENT_BIAS, "weights": weights}}}
    detector = WallwatchDetector(
        EngineSettings.model_validate(merged(settings.model_dump(), silent))
    )
    outcomes: list[Outcome] = []
    for one in passes(capture, seeds, simulated_s):
        progress(f"{one.group}, {one.market}, seed {one.seed}")
        found = detector.run(one.injected.stream)
        outcomes += match(one.market, one.seed, one.path, one.injected, found)
    return outcomes


def search(settings: EngineSettings, outcomes: Sequence[Outcome], trials: int) -> Tuned:
    """Return the best weights for the limit of the settings. The same for the same outcomes.

    Raises UserError where the optimizer is not installed.
    """
    optuna = _optuna()
    groups = [_arrays([o for o in outcomes if o.group is group]) for group in Group]
    limit = settings.classify.spoof_probability

    def objective(trial: object) -> float:
        raw = [trial.suggest_float(name, low, high) for name, low, high in SPACE]  # type: ignore[attr-defined]
        return _worth(groups, np.round(raw, 2), limit)

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    sampler = optuna.samplers.TPESampler(seed=SAMPLER_SEED, multivariate=True)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    model = settings.classify.spoof_model
    before = np.array([*model.weights.model_dump().values(), model.bias])
    shipped = zip(SPACE, before, strict=True)
    study.enqueue_trial({name: float(np.clip(b, low, high)) for (name, low, high), b in shipped})
    study.optimize(objective, n_trials=trials)
    best = np.round([study.best_params[name] for name, _, _ in SPACE], 2)
    *weights, bias = (float(number) for number in best)
    return Tuned(
        SpoofModel(bias=bias, weights=SpoofWeights(**dict(zip(NAMES, weights, strict=True)))),
        limit,
        study.best_value,
        _macro_by_group(groups, before, limit),
        _macro_by_group(groups, best, limit),
        trials,
        _curve(groups, best),
        _curve(groups, before),
    )


def settings_toml(tuned: Tuned, command: str) -> str:
    """Return a settings file with what was found."""
    lines = [f"# Found by: {command}", "[engine.classify]", f"spoof_probability = {tuned.limit}"]
    lines += ["", "[engine.classify.spoof_model]", f"bias = {tuned.model.bias}"]
    lines += ["", "[engine.classify.spoof_model.weights]"]
    lines += [f"{name} = {value}" for name, value in tuned.model.weights.model_dump().items()]
    return "\n".join(lines) + "\n"


def _optuna() -> ModuleType:
    try:
        import optuna  # noqa: PLC0415 - an extra: only this search needs it
    except ImportError:
        raise UserError(
            "optuna is not installed, which the search needs; pip install 'wallwatch[evaluate]'"
        ) from None
    return optuna


def _arrays(outcomes: Sequence[Outcome]) -> Pulls:
    def index(name: Classification | None) -> int:
        return CLASSES.index(name) if name in CLASSES else _NO_CLASS

    evidence = [[(o.evidence or {}).get(name, 0.0) for name in NAMES] for o in outcomes]
    return Pulls(
        np.array(evidence).reshape(-1, len(NAMES)),
        np.array([index(outcome.label) for outcome in outcomes]),
        np.array([index(outcome.found) for outcome in outcomes]),
    )


def _worth(groups: Sequence[Pulls], weights: FloatArray, limit: float) -> float:
    macro = [_macro_f1(pulls, pulls.classes(weights, limit)) for pulls in groups]
    return sum(macro) / len(macro) + MARGIN_WEIGHT * _margin(groups, weights, limit)


def _macro_by_group(groups: Sequence[Pulls], weights: FloatArray, limit: float) -> dict[str, float]:
    pairs = zip(Group, groups, strict=True)
    return {
        group.value: round(_macro_f1(pulls, pulls.classes(weights, limit)), 4)
        for group, pulls in pairs
    }


def _macro_f1(pulls: Pulls, found: npt.NDArray[np.int64]) -> float:
    values = []
    for index in range(len(CLASSES)):
        real, told = pulls.label == index, found == index
        both = real.sum() + told.sum()
        values.append(2 * float((real & told).sum()) / float(both) if both else 0.0)
    return sum(values) / len(values)


def _margin(groups: Sequence[Pulls], weights: FloatArray, limit: float) -> float:
    """Return how far from the limit all but the outermost scores of both kinds stay."""
    lures, others = _undecided_scores(groups, weights)
    margin = 0.0
    if len(lures):
        margin += min(MARGIN_CAP, float(np.percentile(lures, MARGIN_PERCENTILE)) - limit)
    if len(others):
        margin += min(MARGIN_CAP, limit - float(np.percentile(others, 100 - MARGIN_PERCENTILE)))
    return margin


def _undecided_scores(
    groups: Sequence[Pulls], weights: FloatArray
) -> tuple[FloatArray, FloatArray]:
    lures, others = [], []
    for pulls in groups:
        score, lure = pulls.probabilities(weights), pulls.label == _SPOOF
        lures.append(score[pulls.undecided & lure])
        others.append(score[pulls.undecided & ~lure])
    return np.concatenate(lures), np.concatenate(others)


def _curve(groups: Sequence[Pulls], weights: FloatArray) -> list[CurvePoint]:
    lures, others = _undecided_scores(groups, weights)
    return [
        CurvePoint(
            limit,
            float((lures >= limit).mean()) if len(lures) else 0.0,
            float((others >= limit).mean()) if len(others) else 0.0,
        )
        for limit in CURVE_LIMITS
    ]
