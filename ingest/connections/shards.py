"""Which connection carries which symbol. Pure.

Symbols come and go while the service runs, so a shard is the desired set of streams; its connection
subscribes and unsubscribes until its own set is equal.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from ingest.venues.stream_rules import StreamRoute

SEPARATORS: Final = 3
"""Characters beside a name in a list of JSON: two quotes and a comma."""


class Shard:
    """The streams of one connection."""

    def __init__(self, route: StreamRoute, number: int) -> None:
        """Create an empty shard."""
        self.route = route
        self.name = f"{route.name}-{number}"
        self.number = number
        self.streams: dict[str, str] = {}
        """Stream name → symbol: the desired subscriptions."""
        self.changed = asyncio.Event()
        """Set with every change of the streams; the connection clears it."""

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols whose streams it carries."""
        return tuple(dict.fromkeys(self.streams.values()))

    def add(self, symbol: str) -> None:
        """Add the streams of a symbol."""
        self.streams.update(dict.fromkeys(self.route.streams(symbol), symbol))
        self.changed.set()

    def remove(self, symbol: str) -> None:
        """Remove the streams of a symbol."""
        for stream in self.route.streams(symbol):
            self.streams.pop(stream, None)
        self.changed.set()


class ShardMap:
    """Spreads symbols over as few shards as the limit of streams allows.

    The streams of a symbol on one route are never split. A symbol never moves; capacity freed
    by removed symbols is reused.
    """

    def __init__(
        self, routes: Sequence[StreamRoute], max_streams: int, max_chars: int | None = None
    ) -> None:
        """`max_chars`: most characters of the names of all streams of one shard."""
        self._routes = routes
        self._max_streams = max_streams
        self._max_chars = max_chars
        self.shards: list[Shard] = []
        """In order of creation; empty ones are removed."""

    def add(self, symbol: str) -> list[Shard]:
        """Place a symbol on every route; return the shards created for it."""
        new: list[Shard] = []
        for route in self._routes:
            mine = [shard for shard in self.shards if shard.route is route]
            shard = next((s for s in mine if self._fits(s, route.streams(symbol))), None)
            if shard is None:
                taken = {s.number for s in mine}
                shard = Shard(route, next(n for n in range(len(taken) + 1) if n not in taken))
                self.shards.append(shard)
                new.append(shard)
            shard.add(symbol)
        return new

    def _fits(self, shard: Shard, streams: Sequence[str]) -> bool:
        if len(shard.streams) + len(streams) > self._max_streams:
            return False
        chars = sum(len(name) + SEPARATORS for name in (*shard.streams, *streams))
        return self._max_chars is None or chars <= self._max_chars

    def remove(self, symbol: str) -> list[Shard]:
        """Remove a symbol; return the shards that became empty."""
        mine = [shard for shard in self.shards if symbol in shard.streams.values()]
        for shard in mine:
            shard.remove(symbol)
        empty = [shard for shard in mine if not shard.streams]
        self.shards = [shard for shard in self.shards if shard.streams]
        return empty
