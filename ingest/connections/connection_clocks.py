"""The clocks of all connections that carry trades."""

from ingest.connections.connection_clock import ConnectionClock
from ingest.venues.events import TRADE_EVENTS, FeedEvent, TradeRun, venue_time_of


class ConnectionClocks:
    """One clock for each connection, by the name of its shard."""

    def __init__(self, most_margin_ms: int) -> None:
        """`most_margin_ms`: see ConnectionClock."""
        self._most_margin_ms = most_margin_ms
        self._clocks: dict[str, ConnectionClock] = {}

    def of(self, shard: str) -> ConnectionClock:
        """Return the clock of a shard's connection."""
        clock = self._clocks.get(shard)
        if clock is None:
            clock = self._clocks[shard] = ConnectionClock(self._most_margin_ms)
        return clock

    def told(self, shard: str, event: FeedEvent, *, is_repeated: bool = False) -> int | None:
        """Take note of an event of a connection; return up to when all of its streams are
        complete, ms, if that moved far enough to be told.

        `is_repeated`: its trades came before, by the connection that this one took over from. What
        was held until then says nothing of how late trades are.
        """
        clock = self.of(shard)
        if isinstance(event, TRADE_EVENTS) and not is_repeated:
            for update in event.trades if isinstance(event, TradeRun) else (event,):
                clock.traded(update.trade.event_time)
        return clock.reached(event.symbol, venue_time_of(event))
