"""Holds the engine's orders against the stories; knows clusters, children and chains."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from compose.evaluation.hard.measure.found import FoundOrder
from compose.evaluation.hard.measure.truth import TradedTruth
from compose.evaluation.hard.story import INNOCENT, Kind, Story
from compose.evaluation.injection.episode import Episode
from compose.evaluation.injection.path import MarketPath
from schemas.signals import LURES, Classification, Side

LEAST_SHARE = 0.2
"""Of the time that either of them stood, which both have to have in common."""
POINT = 0.01
"""A quantity is told if it is right within this share of the order's largest size."""
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the engine made of one story."""

    market: str
    seed: int
    kind: Kind
    side: Side
    price: float
    started_ms: int
    lifetime_ms: int
    distance_bps: float
    accepted: tuple[Classification, ...]
    doubt: str
    found: Classification | None
    """None: it saw no order there."""
    was_accused: bool
    """At any time."""
    alarms: int
    """Accusations that are alerts of their own: those of one chain are one."""
    true_fill: float | None
    """What takers really got, base quantity; None where it is not asked for."""
    fill: tuple[float, float, float]
    """What it says: certainly, with hidden volume, at most."""
    size: float
    """Largest displayed quantity that it says."""
    pull: bool
    """Whether the engine holds it for pulled, so that it has a probability."""
    probability: float
    features: dict[str, float] = field(default_factory=dict)
    told: str = ""
    """The rule, and the refusal, in words."""
    unsound: bool = False

    @property
    def right(self) -> bool:
        """Whether it is what a person may call it; no order and no class are the same."""
        return (self.found or Classification.UNKNOWN) in self.accepted

    @property
    def scored_as(self) -> Classification:
        """The class that it counts as: the one found where that is accepted."""
        found = self.found or Classification.UNKNOWN
        return found if found in self.accepted else self.accepted[0]

    @property
    def accused(self) -> bool:
        """Whether it is accused at last."""
        return self.found in LURES

    @property
    def is_innocent(self) -> bool:
        """Whether it is of a kind of which no one may be accused, or stood, or was traded."""
        return self.kind in INNOCENT

    @property
    def within_bounds(self) -> bool:
        """Whether the true quantity lies between the least and the most that is told."""
        true, slack = self.true_fill or 0.0, ROUNDING * max(self.size, 1.0)
        return self.fill[0] - slack <= true <= self.fill[2] + slack

    def told_within(self, quantity: float) -> bool:
        """Tell whether a quantity is the true one within one per cent of the size."""
        return abs(quantity - (self.true_fill or 0.0)) <= POINT * self.size


def match(
    market: str,
    seed: int,
    path: MarketPath,
    stories: Sequence[Story],
    found: Sequence[FoundOrder],
) -> list[Outcome]:
    """Return the outcome of every story of a run."""
    truth = TradedTruth(path, [leg for story in stories for leg in story.legs])
    by_side: dict[Side, list[FoundOrder]] = defaultdict(list)
    for order in found:
        by_side[order.side].append(order)
    return [_outcome(market, seed, path, story, by_side[story.side], truth) for story in stories]


def _outcome(
    market: str,
    seed: int,
    path: MarketPath,
    story: Story,
    orders: Sequence[FoundOrder],
    truth: TradedTruth,
) -> Outcome:
    mine = _matched(path, story, orders)
    best = mine[0] if mine else None
    if story.campaign and mine:
        best = max(mine, key=lambda order: (order.accused, order.final in LURES[1:]))
    alarms = len({order.chain_id for order in mine if order.accused})
    true_fill = None
    if best is not None and _is_whole(path, story, best):
        keys = [(leg.side, leg.tick) for leg in story.legs]
        true_fill = truth.between(keys, best.first_seen, best.last_seen)
    first, last = int(path.times[story.first]), int(path.times[story.last])
    pulls = [order for order in mine if order.is_pull] if story.campaign else [best] if best else []
    last_pull = max((o for o in pulls if o.is_pull), key=lambda o: o.probability, default=None)
    return Outcome(
        market,
        seed,
        story.kind,
        story.side,
        path.grid.price(story.legs[0].tick),
        first,
        last - first,
        story.legs[0].distance_bps,
        story.accepted,
        story.doubt,
        best.final if best else None,
        any(order.was_accused for order in mine)
        if story.campaign
        else bool(best and best.was_accused),
        alarms,
        true_fill,
        (best.traded, best.absorbed, best.most_filled) if best else (0.0, 0.0, 0.0),
        best.largest if best else 0.0,
        last_pull is not None,
        last_pull.probability if last_pull else 0.0,
        dict(last_pull.features) if last_pull else {},
        _words(best),
        bool(best and best.unexplained),
    )


def _matched(path: MarketPath, story: Story, orders: Sequence[FoundOrder]) -> list[FoundOrder]:
    """Return the orders that a story may be, the best first."""
    if story.campaign:
        return [o for o in orders if any(_shared(path, [leg], o) > 0 for leg in story.legs)]
    shares = [(_shared(path, story.legs, order), order) for order in orders]
    kept = [(share, order) for share, order in shares if share >= LEAST_SHARE]
    kept.sort(key=lambda pair: pair[0], reverse=True)
    return [order for _, order in kept]


def _shared(path: MarketPath, legs: Sequence[Episode], order: FoundOrder) -> float:
    """Return the time that legs and an order have in common, as a share of that of both."""
    grid = path.grid
    low, high = grid.ticks(order.low), grid.ticks(order.high)
    if not any(low <= leg.tick <= high for leg in legs):
        return 0.0
    first = int(path.times[min(leg.first for leg in legs)])
    last = int(path.times[max(leg.last for leg in legs)])
    common = min(last, order.last_seen) - max(first, order.first_seen)
    whole = max(last, order.last_seen) - min(first, order.first_seen)
    return common / whole if common > 0 and whole > 0 else 0.0


def _is_whole(path: MarketPath, story: Story, order: FoundOrder) -> bool:
    """Tell whether an order and a story are the same levels, so that what takers got is the same.

    A cluster may count levels of others among its pieces; what it says is then true of more.
    """
    if story.campaign or story.kind in (Kind.ON_TOP, Kind.UNDER):
        return False
    ticks = sorted({leg.tick for leg in story.legs})
    ends = path.grid.ticks(order.low), path.grid.ticks(order.high)
    return len(ticks) == order.levels and ends == (ticks[0], ticks[-1])


def _words(order: FoundOrder | None) -> str:
    if order is None:
        return ""
    told = order.told
    parts = [str(told.get("rule", "")), str(order.reason.value if order.reason else "stands")]
    if "refused" in told:
        parts.append(f"refused: {told['refused']} ({told.get('refused_rule')})")
    return ", ".join(parts)
