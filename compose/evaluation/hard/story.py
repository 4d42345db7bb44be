"""What one actor did, told by what it did, and what a person may call it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from compose.evaluation.injection.episode import Episode, TouchTrade
from schemas.signals import LURES, Classification, Side


class Kind(StrEnum):
    """Every kind of behaviour that is judged by itself."""

    WALL = "wall that stands"
    EATEN = "wall that is eaten"
    SMALL_FILLS = "wall eaten in many small fills"
    LURE = "lure"
    APPROACHED = "lure pulled as the price comes"
    ICEBERG = "iceberg refilled within the frame"
    TIP = "iceberg refilled in sight"
    LAYERS = "layers, small one by one"
    CLUSTER_PULLED = "wall over neighbouring ticks, pulled"
    CLUSTER_STANDS = "wall over neighbouring ticks, stands"
    CLUSTER_EATEN = "wall over neighbouring ticks, eaten"
    UNDER = "wall under a lure"
    ON_TOP = "lure on top of a wall"
    REQUOTED_FAST = "lure re-quoted within 300 ms"
    REQUOTED = "lure re-quoted more slowly"
    WITHDRAWAL = "market maker leaves both sides"
    QUOTING = "market maker follows the price"
    FLICKER = "flickering book"
    NEAR_QUOTE = "honest quote near mid"
    FAR_CANCEL = "cancel away from the market"
    GIANT = "giant parked far away"
    BESIDE_GIANT = "wall or lure beside a giant"


INNOCENT = frozenset(
    {
        Kind.WITHDRAWAL,
        Kind.QUOTING,
        Kind.FLICKER,
        Kind.NEAR_QUOTE,
        Kind.FAR_CANCEL,
        Kind.GIANT,
    }
)
"""Kinds of which no one may be accused."""


@dataclass(frozen=True, slots=True)
class Story:
    """One thing that an actor did: one order, or orders that are one intention."""

    kind: Kind
    legs: tuple[Episode, ...]
    """One for each level, or one for each time that it was quoted anew."""
    accepted: tuple[Classification, ...]
    """What a person may call it, the first being what it counts as when something else is told;
    UNKNOWN where there is nothing to be told."""
    doubt: str = ""
    """Why a person could not say; such a story is reported and not scored."""
    campaign: bool = False
    """The legs follow each other: what is told of any of them is told of all."""

    @property
    def side(self) -> Side:
        """The side of the first leg; two-sided stories are told side by side."""
        return self.legs[0].side

    @property
    def first(self) -> int:
        """The update that shows it."""
        return min(leg.first for leg in self.legs)

    @property
    def last(self) -> int:
        """The update that ends it."""
        return max(leg.last for leg in self.legs)

    @property
    def pulled(self) -> bool:
        """Whether it ends by cancels."""
        return any(leg.pulled for leg in self.legs)

    @property
    def is_lure(self) -> bool:
        """Whether the actor meant to mislead."""
        return self.accepted[0] in LURES


@dataclass(frozen=True, slots=True)
class Play:
    """Stories that belong together, and the taker flow that they cause elsewhere."""

    stories: tuple[Story, ...]
    flow: tuple[TouchTrade, ...] = ()

    @property
    def legs(self) -> tuple[Episode, ...]:
        """The legs of all stories."""
        return tuple(leg for story in self.stories for leg in story.legs)
