"""Ground truth of the actors' orders, against which detection is measured."""

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
    """Expected class if it went as planned, `UNKNOWN`, or `FLICKER` (too short to open)."""
    side: Side
    tick: int
    price: float
    qty: float
    """Initial quantity in base asset, without the makers' quantity on the level."""
    started_ms: int
    ended_ms: int | None = None
    """None while it is in the book."""
    traded_qty: float = 0.0
    """Taken from the actor's own quantity."""
    refills: int = 0
    clean: bool = True
    """False if the market interfered: the outcome is not the expected class."""


class EpisodeLog:
    """All episodes of one symbol, oldest first; beyond the capacity the oldest are dropped."""

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
