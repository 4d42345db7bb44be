"""How much a pulled order looks like a lure: a weighted sum of evidence, each part in [0, 1].

The score is monotone: more of any piece of evidence never lowers it.
"""

from dataclasses import asdict, dataclass

from processors.engine.orders.order import TrackedOrder
from schemas.settings import ClassifySettings, LifecycleSettings, SpoofWeights


@dataclass(frozen=True, slots=True)
class SpoofEvidence:
    """The pieces of evidence, each in [0, 1]."""

    short_life: float
    """1 for a life of 0 ms, 0 from the persistence age on."""
    low_fill: float
    """1 untraded, 0 from the spoof fill ratio on."""
    approach: float
    """Share of the opening distance that the price had come nearer by the time of the pull."""
    nearness: float
    """1 at mid, 0 from the pattern distance on, at opening."""
    opposite_flow: float
    """Share of taker volume that ran away from the order in the seconds before the pull."""
    earlier_pulls: float
    """Pulls at or near the price in the pattern window; 1 from the pattern count on."""
    layering: float
    """Orders of the side pulled within the layering window; 1 from the layering count on."""

    def score(self, weights: SpoofWeights) -> float:
        """Return the weighted sum, in [0, 1]."""
        return float(sum(getattr(weights, name) * part for name, part in asdict(self).items()))

    def as_dict(self) -> dict[str, float]:
        """Return the evidence by name, rounded for people."""
        return {name: round(part, 4) for name, part in asdict(self).items()}


def weigh_evidence(
    order: TrackedOrder,
    now: int,
    opposite_flow: float,
    earlier_pulls: int,
    layered: int,
    classify: ClassifySettings,
    lifecycle: LifecycleSettings,
) -> SpoofEvidence:
    """Return the evidence against an order that is pulled at `now` (ms).

    `opposite_flow` is a share in [0, 1]; `layered` counts this pull too.
    """
    return SpoofEvidence(
        short_life=_fading(now - order.first_seen, lifecycle.persistent_ms),
        low_fill=_fading(order.fill_ratio, classify.spoof_fill_ratio),
        approach=1 - min(1.0, order.distance / order.distance_open) if order.distance_open else 0.0,
        nearness=_fading(order.distance_open, classify.pattern_bps),
        opposite_flow=opposite_flow,
        earlier_pulls=min(1.0, earlier_pulls / classify.pattern_spoofs),
        layering=min(1.0, (layered - 1) / (classify.layering_orders - 1)),
    )


def _fading(value: float, end: float) -> float:
    """Return 1 at 0, falling to 0 at `end`."""
    return max(0.0, 1.0 - value / end) if end > 0 else 0.0
