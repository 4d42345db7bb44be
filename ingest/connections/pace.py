"""How often a venue may be connected to, and asked on one connection."""

import asyncio
from collections import deque
from typing import Final

HOUR_S: Final = 3_600.0


class ConnectPace:
    """Keeps connection attempts to one venue apart; one for all its connections."""

    def __init__(self, pause_s: float) -> None:
        """`pause_s`: shortest time between two attempts."""
        self._pause_s = pause_s
        self._next_s = 0.0
        self._clock = asyncio.get_running_loop().time

    async def turn(self) -> None:
        """Wait until the next attempt may be made."""
        now_s = self._clock()
        turn_s = max(now_s, self._next_s)
        self._next_s = turn_s + self._pause_s
        await asyncio.sleep(turn_s - now_s)


class HourlyLimit:
    """Counts the requests of one connection. Pure: the time is an argument, s."""

    def __init__(self, limit: int | None) -> None:
        """`limit`: requests in any hour; None: as many as wanted."""
        self._sent: deque[float] | None = deque(maxlen=limit) if limit is not None else None

    def spend(self, now_s: float) -> float:
        """Count a request sent now; return how long the next one has to wait, s."""
        sent = self._sent
        if sent is None:
            return 0.0
        sent.append(now_s)
        return max(0.0, sent[0] + HOUR_S - now_s) if len(sent) == sent.maxlen else 0.0
