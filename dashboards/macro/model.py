"""The stated model: the baseline's log-odds, moved by what the watch list looks like.

    logit p = logit p_baseline + sum of weight * (size of the input - centre)

The weights are assumptions, not a fit: that one-sided, manipulated, crowded markets move more. An
input that is not known adds nothing. Any other weights are another version.
"""

from collections.abc import Callable
from math import exp, log, log1p
from typing import Final, NamedTuple

from dashboards.macro.baseline import clipped
from dashboards.macro.breadth import Breadth

MODEL_VERSION: Final = "breadth-1"
MOST_FUNDING_BPS: Final = 5.0


class Term(NamedTuple):
    """One input of the model."""

    name: str
    value: Callable[[Breadth], float | None]
    size: Callable[[float], float]
    """What the weight applies to."""
    weight: float
    centre: float


class Input(NamedTuple):
    """What one input adds to the log-odds."""

    name: str
    value: float | None
    """None: absent."""
    weight: float
    centre: float
    adds: float


TERMS: Final = (
    Term("one_sided", lambda b: b.one_sided, float, 0.8, 0.3),
    Term("manipulation", lambda b: b.manipulation, float, 0.6, 0.1),
    Term("lures_per_hour", lambda b: b.lures_per_hour, log1p, 0.2, 1.0),
    Term("net_defence", lambda b: b.net_defence, abs, 0.4, 0.3),
    Term("cvd_breadth", lambda b: b.cvd_breadth, abs, 0.5, 0.4),
    Term("oi_breadth", lambda b: b.oi_breadth, abs, 0.4, 0.4),
    Term("funding_bps", lambda b: b.funding_bps, lambda x: min(abs(x), MOST_FUNDING_BPS), 0.1, 1.0),
)


def inputs_of(breadth: Breadth) -> list[Input]:
    """Return what each input adds."""
    found = []
    for term in TERMS:
        value = term.value(breadth)
        adds = 0.0 if value is None else term.weight * (term.size(value) - term.centre)
        found.append(Input(term.name, value, term.weight, term.centre, adds))
    return found


def probability(baseline: float, inputs: list[Input]) -> float:
    """Return the probability of a large move; `baseline` in (0, 1)."""
    odds = log(baseline / (1 - baseline)) + sum(one.adds for one in inputs)
    return clipped(1 / (1 + exp(-odds)))
