"""Regression trees on top of a phase's logistic hazards, each fitted to what those before left over
(gradient boosting with Newton steps; Chen and Guestrin, XGBoost, KDD 2016, section 2.2).

scikit-learn, an extra, finds the splits; the trees are plain data, and the engine needs no library.
"""

from __future__ import annotations

import importlib.util
from typing import Any, Final

import numpy as np

from compose.learn.hazard import FILLED_SIGNS, PULLED_SIGNS, RISKS, RiskSet, Scaling, risk_set
from compose.learn.samples import CODES, Floats, Samples
from schemas.fate.model import FATE_FEATURES, Phase, Risk
from schemas.fate.tree import LEAF, Tree

ROUNDS: Final = 6
"""Trees of each risk in each phase: so many cost the engine about what the figures cost."""
DEPTH: Final = 3
RATE: Final = 0.3
"""Share of its best step that a tree takes."""
LEAST_LEAF_SHARE: Final = 0.02
"""Of the samples, in a leaf: neighbouring seconds of an order say nearly the same."""
LEAST_CURVE: Final = 1e-6


def can_boost() -> bool:
    """Tell whether scikit-learn, an extra, is installed."""
    return importlib.util.find_spec("sklearn") is not None


def boosted_phase(
    samples: Samples, scaling: Scaling, begin_ms: int, phase: Phase, rounds: int = ROUNDS
) -> Phase:
    """Return a fitted logistic phase with trees on top. Needs scikit-learn."""
    rows = risk_set(samples, begin_ms, phase.ends_ms)
    truth = np.column_stack([rows.happened == CODES[risk] for risk in RISKS]).astype(np.float64)
    base = _logits(phase, scaling, samples, rows)
    scores = np.zeros((len(samples), len(RISKS)))
    grown: tuple[list[Tree], list[Tree]] = ([], [])
    signs = (FILLED_SIGNS, PULLED_SIGNS)
    for _ in range(rounds):
        hazards = _hazards(base + scores[rows.sample])
        slope, curve = truth - hazards, hazards * (1 - hazards)
        for column, trees in enumerate(grown):
            slopes, curves = (
                np.bincount(rows.sample, part[:, column], len(samples)).astype(np.float64)
                for part in (slope, curve)
            )
            tree = _grown(samples.features, scaling, slopes, curves, signs[column])
            trees.append(tree)
            scores[:, column] += said([tree], samples.features)
    filled, pulled = (
        Risk(biases=risk.biases, weights=risk.weights, trees=tuple(trees))
        for risk, trees in zip((phase.filled, phase.pulled), grown, strict=True)
    )
    return Phase(ends_ms=phase.ends_ms, filled=filled, pulled=pulled)


def said(trees: list[Tree] | tuple[Tree, ...], features: Floats) -> Floats:
    """Return the sum of what trees say of rows of figures."""
    total = np.zeros(len(features))
    for tree in trees:
        feature, limit = np.array(tree.feature), np.array(tree.limit)
        left, right = np.array(tree.left), np.array(tree.right)
        node = np.zeros(len(features), dtype=np.int64)
        while (asks := feature[node] != LEAF).any():
            own = node[asks]
            goes_left = features[asks, feature[own]] <= limit[own]
            node[asks] = np.where(goes_left, left[own], right[own])
        total += np.array(tree.value)[node]
    return total


def _grown(
    features: Floats, scaling: Scaling, slopes: Floats, curves: Floats, signs: dict[str, int]
) -> Tree:
    """Return the tree whose leaves step towards what is left over."""
    from sklearn.tree import DecisionTreeRegressor  # noqa: PLC0415 - an extra: only trees need it

    at_risk = curves > LEAST_CURVE
    monotonic = [signs.get(name, 0) for name in FATE_FEATURES]
    learner: Any = DecisionTreeRegressor(
        max_depth=DEPTH,
        min_samples_leaf=LEAST_LEAF_SHARE,
        monotonic_cst=monotonic,
        random_state=0,
    )
    # Figures that the tapes say nothing about are the same for all.
    known = np.where(scaling.used, features, 0.0)[at_risk]
    weights = curves[at_risk]
    learner.fit(known, slopes[at_risk] / weights, sample_weight=weights)
    found = learner.tree_
    is_leaf = found.children_left < 0
    return Tree(
        feature=tuple(np.where(is_leaf, LEAF, found.feature).tolist()),
        limit=tuple(np.where(is_leaf, 0.0, np.round(found.threshold, 6)).tolist()),
        left=tuple(np.where(is_leaf, 0, found.children_left).tolist()),
        right=tuple(np.where(is_leaf, 0, found.children_right).tolist()),
        value=tuple(np.where(is_leaf, np.round(RATE * found.value[:, 0, 0], 6), 0.0).tolist()),
    )


def _logits(phase: Phase, scaling: Scaling, samples: Samples, rows: RiskSet) -> Floats:
    """Return the scores of the logistic part, shape (rows, risks)."""
    standardised = scaling(samples.features)
    return np.column_stack(
        [
            np.array(risk.biases)[rows.interval] + (standardised @ risk.weights)[rows.sample]
            for risk in (phase.filled, phase.pulled)
        ]
    )


def _hazards(logits: Floats) -> Floats:
    raised = np.exp(np.clip(logits, -50, 50))
    hazards: Floats = raised / (1 + raised.sum(axis=1, keepdims=True))
    return hazards
