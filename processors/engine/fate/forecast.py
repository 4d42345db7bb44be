"""What a model says of the fate of a standing order."""

from math import exp
from operator import mul, truediv
from typing import Final, NamedTuple

from processors.engine.plain_sum import plain_sum
from schemas.fate.features import OrderFeatures
from schemas.fate.model import FateForecast, FateModel, Phase, Risk
from schemas.fate.tree import LEAF, Tree

MOST_LOGIT: Final = 50.0
"""Beyond it a probability is 0 or 1 to every reader."""


class FateFields(NamedTuple):
    """The fields of an order event about its fate; all None where nothing is told."""

    p_filled_10s: float | None = None
    p_filled_60s: float | None = None
    p_pulled_10s: float | None = None
    p_pulled_60s: float | None = None
    fate_model_version: str | None = None


UNTOLD: Final = FateFields()


class Probabilities(NamedTuple):
    """Of being filled and of being pulled within each horizon."""

    filled_10s: float
    filled_60s: float
    pulled_10s: float
    pulled_60s: float


Node = float | tuple[int, float, "Node", "Node"]
"""A leaf's value, or a split: number of a figure, limit, where figures up to it go, and others."""


class _Phase(NamedTuple):
    """A phase for figures that are not standardised."""

    fill_weights: tuple[float, ...]
    pull_weights: tuple[float, ...]
    constants: tuple[tuple[float, float], ...]
    """exp(bias) of both risks in each interval."""
    fill_trees: tuple[Node, ...]
    pull_trees: tuple[Node, ...]


class FateForecaster:
    """Evaluates one model."""

    def __init__(self, model: FateModel) -> None:
        self._version = model.version
        self._phases = [_phase(phase, model) for phase in model.phases]
        self._told = [model.tells(forecast) for forecast in FateForecast]

    def tell(self, features: OrderFeatures) -> FateFields:
        """Return the forecasts that are switched on."""
        filled_10s, filled_60s, pulled_10s, pulled_60s = (
            value if is_on else None
            for value, is_on in zip(self.probabilities(features), self._told, strict=True)
        )
        return FateFields(filled_10s, filled_60s, pulled_10s, pulled_60s, self._version)

    def probabilities(self, features: OrderFeatures) -> Probabilities:
        """Return every forecast, whether it is switched on or not."""
        stands, filled, pulled = 1.0, 0.0, 0.0
        reached = []
        for fill_weights, pull_weights, constants, fill_trees, pull_trees in self._phases:
            fills = _bounded_exp(
                plain_sum(map(mul, fill_weights, features), _said(fill_trees, features))
            )
            pulls = _bounded_exp(
                plain_sum(map(mul, pull_weights, features), _said(pull_trees, features))
            )
            for fill_constant, pull_constant in constants:
                f, p = fills * fill_constant, pulls * pull_constant
                stands /= 1 + f + p
                filled += stands * f
                pulled += stands * p
            reached.append((filled, pulled))
        (filled_10s, pulled_10s), (filled_60s, pulled_60s) = reached
        return Probabilities(filled_10s, filled_60s, pulled_10s, pulled_60s)


def _bounded_exp(logit: float) -> float:
    if -MOST_LOGIT < logit < MOST_LOGIT:
        return exp(logit)
    return exp(MOST_LOGIT if logit > 0 else -MOST_LOGIT)


def _said(trees: tuple[Node, ...], features: OrderFeatures) -> float:
    """Return the sum of what trees say."""
    total = 0.0
    for tree in trees:
        node = tree
        while isinstance(node, tuple):
            node = node[2] if features[node[0]] <= node[1] else node[3]
        total += node
    return total


def _nested(tree: Tree) -> Node:
    """Return a tree as its root."""
    nodes: list[Node] = list(tree.value)
    for number in reversed(range(len(nodes))):
        feature = tree.feature[number]
        if feature != LEAF:
            below = nodes[tree.left[number]], nodes[tree.right[number]]
            nodes[number] = (feature, tree.limit[number], *below)
    return nodes[0]


def _phase(phase: Phase, model: FateModel) -> _Phase:
    fill_weights, fill_constants = _plain(phase.filled, model)
    pull_weights, pull_constants = _plain(phase.pulled, model)
    constants = tuple(zip(fill_constants, pull_constants, strict=True))
    trees = (tuple(map(_nested, risk.trees)) for risk in (phase.filled, phase.pulled))
    return _Phase(fill_weights, pull_weights, constants, *trees)


def _plain(risk: Risk, model: FateModel) -> tuple[tuple[float, ...], list[float]]:
    weights = tuple(map(truediv, risk.weights, model.scales))
    moved = plain_sum(map(mul, weights, model.means))
    return weights, [_bounded_exp(bias - moved) for bias in risk.biases]
