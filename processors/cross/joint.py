"""Puts the pulses of several markets into one order: second by second, each complete."""

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from schemas.signals.pulse import MarketPulse


class JointSecond(NamedTuple):
    """All that the markets of a coin tell of one second."""

    time: int
    """Its end, ms."""
    pulses: tuple[MarketPulse, ...]
    """In the order of the markets' names."""
    missing: tuple[str, ...]
    """Markets that are known and tell nothing of this second."""


class JointPosition(msgspec.Struct):
    """How far the joint order has come."""

    clock: int = 0
    """End of the last second that was released, ms."""
    markets: list[str] = []
    """All that are known, by name."""
    newest: dict[str, int] = {}
    """By market: end of the last second that was released of it, ms."""
    away: list[str] = []
    """Those that are not waited for."""
    late: int = 0
    """Pulses of seconds that had been released without them."""


class JointSeconds:
    """Holds pulses back until every market that is waited for has told as much.

    A pulse that comes again, and one whose second has been released, changes nothing.
    """

    def __init__(self, position: JointPosition, max_wait_ms: int | None) -> None:
        self.position = position
        self._max_wait_ms = max_wait_ms
        self._waiting: dict[str, dict[int, tuple[int, MarketPulse]]] = {}
        """By market and time: the offset and the pulse, in order of time."""
        self._newest = 0
        self._offset = 0
        """After the last pulse that was given."""

    def push(self, pulse: MarketPulse, offset: int) -> None:
        """Take a pulse. `offset`: its place in the log."""
        position, market = self.position, pulse.market
        self._offset = max(self._offset, offset + 1)
        if market not in position.markets:
            position.markets = sorted([*position.markets, market])
        if pulse.event_time <= position.newest.get(market, 0):
            return
        if pulse.event_time <= position.clock:
            position.late += 1
            position.newest[market] = pulse.event_time
            return
        if market in position.away:
            position.away.remove(market)
        waiting = self._waiting.setdefault(market, {})
        if pulse.event_time not in waiting:
            waiting[pulse.event_time] = (offset, pulse)
            self._newest = max(self._newest, pulse.event_time)

    def release(self) -> Iterator[JointSecond]:
        """Yield the seconds that are complete, in order."""
        while (time := self._next()) is not None:
            position = self.position
            position.clock = time
            found: list[MarketPulse] = []
            missing: list[str] = []
            for market in position.markets:
                held = self._waiting.get(market, {}).pop(time, None)
                if held is None:
                    missing.append(market)
                else:
                    found.append(held[1])
                    position.newest[market] = time
            yield JointSecond(time, tuple(found), tuple(missing))

    def next_offset(self) -> int:
        """Return the place in the log from which a restart has to read."""
        offsets = [offset for held in self._waiting.values() for offset, _ in held.values()]
        return min(offsets, default=self._offset)

    def waiting(self) -> int:
        """Return how many pulses wait for another market."""
        return sum(len(held) for held in self._waiting.values())

    def _next(self) -> int | None:
        """Return the next second if nothing is missing of it that is still waited for."""
        heads = {market: min(held) for market, held in self._waiting.items() if held}
        if not heads:
            return None
        time = min(heads.values())
        position = self.position
        for market in position.markets:
            if market in heads or market in position.away:
                continue
            if self._max_wait_ms is None or self._newest - time < self._max_wait_ms:
                return None
            position.away = sorted([*position.away, market])
        return time
