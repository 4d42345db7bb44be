"""What the actors really did: the ground truth that detection is measured against."""

from dataclasses import dataclass

from ingest.exchange.market.book import Side


@dataclass(slots=True)
class MarketEpisode:
    """One large order from its placing to its end. Times are market time, ms."""

    number: int
    symbol: str
    actor: str
    """For example `spoofer`, `defender`."""
    expected: str
    """The class it deserves if it went as intended, `UNKNOWN`, or `FLICKER` (too short to open)."""
    side: Side
    tick: int
    price: float
    qty: float
    """Placed at first, base quantity; what the makers have on the level comes on top."""
    started_ms: int
    ended_ms: int | None = None
    """None while it stands."""
    traded_qty: float = 0.0
    """Taken from the actor's own quantity."""
    refills: int = 0
    clean: bool = True
    """False if the market spoilt it: the outcome is not the expected class."""


class EpisodeLog:
    """All episodes of one symbol, oldest first; the oldest go when there are too many."""

    def __init__(self, symbol: str, capacity: int = 10_000) -> None:
        self._symbol = symbol
        self._capacity = capacity
        self._next = 0
        self.episodes: list[MarketEpisode] = []

    def open(
        self,
        actor: str,
        expected: str,
        side: Side,
        tick: int,
        price: float,
        qty: float,
        now_ms: int,
    ) -> MarketEpisode:
        """Note the start of an episode."""
        episode = MarketEpisode(
            self._next, self._symbol, actor, expected, side, tick, price, qty, now_ms
        )
        self._next += 1
        self.episodes.append(episode)
        if len(self.episodes) > self._capacity:
            del self.episodes[: self._capacity // 10]
        return episode
