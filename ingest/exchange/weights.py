"""The venue's REST weight limit: 429 when exceeded, 418 for clients that continue.

Weight is counted per address and clock minute, refused requests included, as on the venue. Every
answer states the current minute's total.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

MINUTE_S = 60


@dataclass(frozen=True, slots=True)
class Verdict:
    """Decision about one request."""

    status: int
    """200, 429 or 418."""
    used: int
    """Weight of the address in this minute, this request included."""
    retry_after_s: int = 0


@dataclass(slots=True)
class _Account:
    minute: int = -1
    used: int = 0
    refused: int = 0
    banned_until_s: float = 0.0


@dataclass(slots=True)
class PathUse:
    """Calls and weight of one path since the start."""

    calls: int = 0
    weight: int = 0


class WeightLedger:
    """Accounts for the weight of every request. Pure apart from the injected clock."""

    def __init__(
        self,
        limit: int,
        ban_after: int,
        ban_s: float,
        clock: Callable[[], float],
        window_s: float = MINUTE_S,
    ) -> None:
        """`window_s`: accounting window (venue: 60 s), shorter in tests."""
        self._limit = limit
        self._ban_after = ban_after
        self._ban_s = ban_s
        self._clock = clock
        self._window_s = window_s
        self._accounts: dict[str, _Account] = {}
        self._throttled_until_s = 0.0
        self._banned_until_s = 0.0
        self._elsewhere = (-1, 0)
        """Minute, and weight used in it by others behind the same address."""
        self.paths: dict[str, PathUse] = {}
        self.max_weight_1m = 0
        self.http_429 = 0
        self.http_418 = 0

    def charge(self, address: str, path: str, weight: int) -> Verdict:
        """Charge `weight` to `address` and return whether the request may be answered."""
        now = self._clock()
        account = self._accounts.setdefault(address, _Account())
        account.banned_until_s = max(account.banned_until_s, self._banned_until_s)
        minute = int(now // self._window_s)
        if minute != account.minute:
            account.minute, account.used, account.refused = minute, 0, 0
        if self._elsewhere[0] == minute:
            account.used += self._elsewhere[1]
            self._elsewhere = (-1, 0)
        account.used += weight
        self.max_weight_1m = max(self.max_weight_1m, account.used)
        use = self.paths.setdefault(path, PathUse())
        use.calls += 1
        use.weight += weight
        if now < account.banned_until_s:
            return self._ban(account, now)
        minute_end_s = (minute + 1) * self._window_s
        if now < self._throttled_until_s:
            retry_at_s = self._throttled_until_s
        elif account.used > self._limit:
            retry_at_s = minute_end_s
        else:
            return Verdict(200, account.used)
        account.refused += 1
        if account.refused > self._ban_after:
            account.banned_until_s = now + self._ban_s
            return self._ban(account, now)
        self.http_429 += 1
        return Verdict(429, account.used, math.ceil(retry_at_s - now))

    def throttle(self, retry_after_s: float) -> None:
        """Answer 429 to every address for a while, regardless of its usage."""
        self._throttled_until_s = self._clock() + retry_after_s

    def ban(self, retry_after_s: float) -> None:
        """Ban every address for a while."""
        self._banned_until_s = self._clock() + retry_after_s

    def spend_elsewhere(self, weight: int) -> None:
        """Charge weight in this minute to the next requester."""
        minute = int(self._clock() // self._window_s)
        used = self._elsewhere[1] if self._elsewhere[0] == minute else 0
        self._elsewhere = (minute, used + weight)

    def _ban(self, account: _Account, now: float) -> Verdict:
        self.http_418 += 1
        return Verdict(418, account.used, math.ceil(account.banned_until_s - now))
