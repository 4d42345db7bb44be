"""How probable it is that a pulled order was a lure.

Each piece of evidence lies in [0, 1]; a logistic model with weights that are never negative makes a
probability of them, so more of any evidence never makes a lure less probable.
"""

from dataclasses import asdict, dataclass
from math import exp, log2
from typing import Final

from processors.engine.orders.order import TrackedOrder
from processors.engine.plain_sum import plain_sum
from schemas.settings import ClassifySettings, SpoofModel

HALF_LIFE_MS: Final = 5_000
"""A life this long is half as much evidence as none."""
HALF_DISTANCE: Final = 3.0
"""In units of what mid wanders in a minute: half as much evidence as at mid."""
LARGE: Final = 8.0
"""A size of so many thresholds is all the evidence that size can be."""


@dataclass(frozen=True, slots=True)
class SpoofEvidence:
    """The pieces of evidence, each in [0, 1]."""

    short_life: float
    """1 for a life of 0 ms, 0.5 for 5 s, toward 0."""
    low_fill: float
    """1 if nothing can have been traded, 0 from the sweep limit on."""
    approach: float
    """How much nearer mid had come by the time of the pull; in units of the opening distance, or of
    what mid wanders by itself in such a life where that is more."""
    nearness: float
    """1 at mid at opening, 0.5 where mid gets with a probability of 0.3 % in a minute."""
    opposite_flow: float
    """Share of taker volume that ran away from the order in the seconds before the pull."""
    earlier_pulls: float
    """Pulls at or near the price in the pattern window; 1 from the pattern count on."""
    layering: float
    """Orders of the side pulled near it within the layering window; 1 from the count on."""
    at_once: float
    """Share of the largest quantity that was cancelled within half a second at its end."""
    relevance: float
    """Its share of what stood between mid and it, itself included."""
    size: float
    """0 at the threshold, 1 from eight thresholds on."""
    one_sided: float
    """1 if no order like it was pulled on the other side within the second, else 0."""
    chain: float
    """Links before it; 1 from the chain count on."""

    def probability(self, model: SpoofModel) -> float:
        """Return the probability of a lure."""
        weights = model.weights
        odds = model.bias + plain_sum(
            float(getattr(weights, name)) * part for name, part in asdict(self).items()
        )
        return 1 / (1 + exp(-odds)) if odds > -700 else 0.0

    def as_dict(self) -> dict[str, float]:
        """Return the evidence by name, rounded for people."""
        return {name: round(part, 4) for name, part in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class PullContext:
    """What the evidence depends on besides the order itself."""

    now: int
    opposite_flow: float
    """Share in [0, 1]."""
    earlier_pulls: int
    layered: int
    """This pull included."""
    pulled_share: float
    """Share of its largest quantity that was cancelled within the pull time."""
    noise_bps: float
    """What mid wanders by itself in the life of the order, bps."""
    minute_bps: float
    """What mid wanders in a minute, bps."""
    is_mirrored: bool
    """An order like it was pulled on the other side within the second."""
    links: int
    """The chain's limit."""


def weigh_evidence(
    order: TrackedOrder, at: PullContext, settings: ClassifySettings
) -> SpoofEvidence:
    """Return the evidence against an order that was pulled."""
    came_nearer = max(0.0, order.distance_open - order.distance)
    scale = max(order.distance_open, at.noise_bps)
    minute = max(at.minute_bps, settings.least_minute_bps)
    length = order.link.length if order.link else 1
    size = order.price * order.qty(order.maximum) / order.threshold_usd
    return SpoofEvidence(
        short_life=1 / (1 + (at.now - order.first_seen) / HALF_LIFE_MS),
        low_fill=max(0.0, 1 - order.fill_max / settings.sweep_fill_ratio),
        approach=min(1.0, came_nearer / scale) if scale > 0 else 0.0,
        nearness=1 / (1 + order.distance_open / (HALF_DISTANCE * minute)),
        opposite_flow=at.opposite_flow,
        earlier_pulls=min(1.0, at.earlier_pulls / settings.pattern_spoofs),
        layering=min(1.0, (at.layered - 1) / (settings.layering_orders - 1)),
        at_once=at.pulled_share,
        relevance=order.path_ratio_max,
        size=min(1.0, max(0.0, log2(size) / log2(LARGE))) if size > 0 else 0.0,
        one_sided=0.0 if at.is_mirrored else 1.0,
        chain=min(1.0, (length - 1) / (at.links - 1)),
    )
