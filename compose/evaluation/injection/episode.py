"""Labelled episodes: what an actor does with its quantity on one price level, and what that is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from schemas.signals import Classification, Side

CLASSES = (
    Classification.DEFENSIVE_BUY,
    Classification.DEFENSIVE_SELL,
    Classification.SWEEP_BUY,
    Classification.SWEEP_SELL,
    Classification.SPOOF,
    Classification.MANIPULATION,
)
"""The six classes that are scored."""


class Group(StrEnum):
    """How hard the episodes are meant to be."""

    CLEAN = "clean"
    ADVERSARIAL = "adversarial"


@dataclass(frozen=True, slots=True)
class Move:
    """What happens to an actor's quantity within one depth update. All in lots."""

    update: int
    placed: int = 0
    traded: int = 0
    """Taken from what was displayed."""
    pulled: int = 0
    hidden: int = 0
    """Traded at the price without ever having been displayed."""


@dataclass(frozen=True, slots=True)
class Episode:
    """One large order of an actor."""

    actor: str
    group: Group
    label: Classification
    """What the class table calls it; UNKNOWN where no detector should name a class."""
    side: Side
    tick: int
    moves: tuple[Move, ...]
    """In order of their updates, the placing first."""
    knowable: int
    """The update with which the label became certain."""
    distance_bps: float
    """From mid, when it was placed."""
    lifetime_ms: int
    fragile: bool = False
    """Pulls of other actors nearby would change its label, so it needs room around it."""
    pulled: bool = True
    """Ends by a cancel."""
    iceberg: bool = False

    @property
    def first(self) -> int:
        """The update that shows it."""
        return self.moves[0].update

    @property
    def last(self) -> int:
        """The update that ends it."""
        return self.moves[-1].update

    def standing(self, update: int) -> int:
        """Return what the actor displays after an update, lots."""
        past = [move for move in self.moves if move.update <= update]
        return sum(move.placed - move.traded - move.pulled for move in past)

    @property
    def fills(self) -> bool:
        """Whether takers trade at its price."""
        return any(move.traded or move.hidden for move in self.moves)


@dataclass(frozen=True, slots=True)
class TouchTrade:
    """Taker volume at the best level that is replenished within the same update."""

    update: int
    side: Side
    """Side that is consumed."""
    lots: int


@dataclass(frozen=True, slots=True)
class Act:
    """What one actor does: episodes that belong together, and what else it causes."""

    episodes: tuple[Episode, ...]
    flow: tuple[TouchTrade, ...] = ()
    reset: int | None = None
    """The update after which the feed loses the book and takes a new snapshot."""

    @property
    def first(self) -> int:
        """The first update it takes part in."""
        return min(episode.first for episode in self.episodes)

    @property
    def last(self) -> int:
        """The last update it takes part in."""
        return max(episode.last for episode in self.episodes)
