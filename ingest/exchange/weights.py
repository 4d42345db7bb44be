"""The venue's REST weight limit: 429 when overdrawn, 418 for those who go on.

Weights are counted per address in whole minutes of the clock, refused requests included, as the
venue does. Every answer states the sum of the running minute.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

MINUTE_S = 60


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the limit says about one request."""

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
    """Books the weight of every request. Pure apart from the clock that it is given."""

    def __init__(
        self,
        limit: int,
        ban_after: int,
        ban_s: float,
        clock: Callable[[], float],
        window_s: float = MINUTE_S,
    ) -> None:
        """`window_s`: the venue's minute, which a test may make shorter."""
        self._limit = limit
        self._ban_after = ban_after
        self._ban_s = ban_s
        self._clock = clock
        self._window_s = window_s
        self._accounts: dict[str, _Account] = {}
        self._throttled_until_s = 0.0
        self._banned_until_s = 0.0
        self._elsewhere = (-1, 0)
        """Minute, and weight that others behind the same address used in it."""
        self.paths: dict[str, PathUse] = {}
        self.max_weight_1m = 0
        self.http_429 = 0
        self.http_418 = 0

    def charge(self, address: str, path: str, weight: int) -> Verdict:
        """Book `weight` for a request from `address` and say whether it may be answered."""
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
        """Answer 429 to every address for a while, whatever it has used."""
        self._throttled_until_s = self._clock() + retry_after_s

    def ban(self, retry_after_s: float) -> None:
        """Ban every address for a while."""
        self._banned_until_s = self._clock() + retry_after_s

    def spend_elsewhere(self, weight: int) -> None:
        """Book weight in this minute on the account of whoever asks next."""
        minute = int(self._clock() // self._window_s)
        used = self._elsewhere[1] if self._elsewhere[0] == minute else 0
        self._elsewhere = (minute, used + weight)

    def _ban(self, account: _Account, now: float) -> Verdict:
        self.http_418 += 1
        return Verdict(418, account.used, math.ceil(account.banned_until_s - now))
