"""The actors' operations: place, observe, refill and pull a wall, and attack one with takers."""

import random
from dataclasses import dataclass

from ingest.exchange.market.book import Book, Side
from ingest.exchange.market.episodes import EpisodeLog, MarketEpisode
from ingest.exchange.market.spec import SymbolSpec

_SEARCH_TICKS = 200
_WALL_GAP_TICKS = 2
"""Minimum distance between two walls."""


@dataclass(slots=True)
class Assault:
    """Takers attacking a wall: they move the price to it, then consume it."""

    side: Side
    """Side of the book under attack; asks are attacked by buyers."""
    tick: int
    usd_per_s: float
    drift_bps_per_s: float
    eating: bool = True
    """False: they keep the price at the wall without trading."""
    running: bool = False
    """The wall is consumed and the price moves through."""


@dataclass(slots=True)
class Wall:
    """An actor's quantity on one level."""

    book: Book
    spec: SymbolSpec
    episode: MarketEpisode
    standing: int
    """Lots remaining at the last look."""

    @property
    def side(self) -> Side:
        """Side of the book."""
        return self.episode.side

    @property
    def tick(self) -> int:
        """Price in ticks."""
        return self.episode.tick

    def look(self) -> int:
        """Record what was traded since the last look and return the remaining lots."""
        left = self.book.walls[self.side].get(self.tick, 0)
        self.episode.traded_qty += (self.standing - left) * self.spec.lot
        self.standing = left
        return left

    def refill(self, lots: int) -> None:
        """Add `lots` to the wall."""
        self.look()
        self.book.place(self.side, self.tick, lots)
        self.standing += lots
        self.episode.refills += 1

    def pull(self, now_ms: int) -> None:
        """Cancel the rest and end the episode."""
        self.look()
        self.book.pull(self.side, self.tick)
        self.standing = 0
        self.episode.ended_ms = now_ms

    @property
    def fill(self) -> float:
        """Traded share of the initial quantity."""
        return self.episode.traded_qty / self.episode.qty

    def distance_ticks(self) -> int:
        """Ticks from the level to the best level of its side; 0: it is the best."""
        return abs(self.tick - self.book.best(self.side))


@dataclass(slots=True)
class Desk:
    """The actors' view of one symbol's market."""

    spec: SymbolSpec
    book: Book
    rng: random.Random
    log: EpisodeLog
    assault: Assault | None = None
    touch: int = 0
    """Highest bid of the makers, ticks."""

    def place(
        self,
        actor: str,
        expected: str,
        side: Side,
        distance_bps: float,
        usd: float,
        now_ms: int,
    ) -> Wall | None:
        """Place `usd` about `distance_bps` from mid, None if there is no free level."""
        start = self.touch + (1 if side is Side.ASK else 0)
        offset = max(2, round(distance_bps * self.spec.ticks_per_bps))
        occupied = self.book.walls[side]
        for shift in range(_SEARCH_TICKS):
            tick = start + side.outward * (offset + shift)
            if tick <= 0:
                return None
            near = range(tick - _WALL_GAP_TICKS, tick + _WALL_GAP_TICKS + 1)
            if not any(other in occupied for other in near):
                break
        else:
            return None
        spec = self.spec
        lots = spec.lots(usd, tick)
        self.book.place(side, tick, lots)
        price = float(spec.price_text(tick))
        episode = self.log.open(actor, expected, side, tick, price, lots * spec.lot, now_ms)
        return Wall(self.book, spec, episode, lots)
