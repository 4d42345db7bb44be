"""The REST weight budget of one address. Pure: the time is an argument, seconds of any clock that
does not run backwards."""

from collections import deque
from typing import Final

WINDOW_S: Final = 60.0
DEFAULT_BAN_S: Final = 120.0
"""After a 418 without Retry-After: the venue's shortest ban."""


class WeightBudget:
    """Keeps the weight of any 60 s below a limit and obeys 429, 403 and 418.

    The venue counts per clock minute; any 60 s is stricter, whatever its clock offset. Weight that
    the venue reports above our own count (other programs behind the same address) is added to it.
    """

    def __init__(self, limit: int, window_s: float = WINDOW_S) -> None:
        """`limit`: weight allowed in any `window_s` seconds."""
        self.limit = limit
        self._window_s = window_s
        self._spent: deque[tuple[float, int]] = deque()
        self._total = 0
        self._closed_until_s = 0.0
        self.on_probation = False
        """Whether the venue refused and has not answered since: then one request at a time."""
        self.peak = 0
        """Largest weight in any 60 s so far."""

    def narrow(self, limit: int) -> None:
        """Allow no more than `limit` either: one who shares the budget has this one."""
        self.limit = min(self.limit, limit)

    def wait_s(self, weight: int, now_s: float) -> float:
        """Return how long a request of `weight` has to wait; 0: it may go now."""
        if now_s < self._closed_until_s:
            return self._closed_until_s - now_s
        self._forget(now_s)
        free_at_s = now_s
        total = self._total
        for spent_s, spent in self._spent:
            if total + weight <= self.limit:
                break
            total -= spent
            free_at_s = spent_s + self._window_s
        return max(0.0, free_at_s - now_s)

    def spend(self, weight: int, now_s: float) -> None:
        """Charge a request that is sent now."""
        self._forget(now_s)
        self._spent.append((now_s, weight))
        self._total += weight
        self.peak = max(self.peak, self._total)

    def reported(self, used: int, now_s: float) -> None:
        """Update with the weight that the venue reports for its current minute."""
        self._forget(now_s)
        if used > self._total:
            self.spend(used - self._total, now_s)

    def throttled(self, retry_after_s: float | None, now_s: float) -> None:
        """The venue answered 429 or 403: send nothing for the time it states, else for a minute
        (the venue's window)."""
        self._close(self._window_s if retry_after_s is None else retry_after_s, now_s)

    def banned(self, retry_after_s: float | None, now_s: float) -> None:
        """The venue answered 418: send nothing until the ban ends."""
        self._close(DEFAULT_BAN_S if retry_after_s is None else retry_after_s, now_s)

    def remembered(self, pause_s: float, now_s: float) -> None:
        """Apply a pause that the venue imposed before this start."""
        if pause_s > 0:
            self._close(pause_s, now_s)

    def answered(self) -> None:
        """The venue answered a request normally."""
        self.on_probation = False

    def used(self, now_s: float) -> int:
        """Return the weight of the last 60 s."""
        self._forget(now_s)
        return self._total

    def closed_s(self, now_s: float) -> float:
        """Return how long no request may be sent, s; 0: allowed now."""
        return max(0.0, self._closed_until_s - now_s)

    def _close(self, pause_s: float, now_s: float) -> None:
        self.on_probation = True
        self._closed_until_s = max(self._closed_until_s, now_s + pause_s)

    def _forget(self, now_s: float) -> None:
        while self._spent and self._spent[0][0] <= now_s - self._window_s:
            self._total -= self._spent.popleft()[1]
