"""What the processes of a run say about themselves over HTTP."""

from __future__ import annotations

import math
from typing import Any, Self

import aiohttp

from schemas.status import PipelineStatus

TIMEOUT_S = 30.0


class Asking:
    """A client of all of them; a busy process may take its time."""

    def __init__(self) -> None:
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_S))

    async def status(self, url: str) -> PipelineStatus:
        """Return a worker's report. Raises aiohttp.ClientError, TimeoutError."""
        return PipelineStatus.model_validate(await self.document(url))

    async def document(self, url: str) -> dict[str, Any]:
        """Return the JSON object at `url`. Raises aiohttp.ClientError, TimeoutError."""
        async with self._http.get(url) as answer:
            answer.raise_for_status()
            found: dict[str, Any] = await answer.json()
            return found

    async def histograms(self, url: str) -> dict[str, Histogram]:
        """Return the histograms of a page of metrics by name, without the service's prefix."""
        async with self._http.get(url) as answer:
            answer.raise_for_status()
            return histograms_of(await answer.text())

    async def total(self, url: str, name: str) -> float:
        """Return the sum of a counter over its labels on a page of metrics."""
        async with self._http.get(url) as answer:
            answer.raise_for_status()
            lines = (await answer.text()).splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(name))

    async def is_well(self, url: str) -> bool:
        """Return whether the answer is a good one."""
        async with self._http.get(url) as answer:
            return answer.ok

    async def post(self, url: str, document: dict[str, Any]) -> None:
        """Send a JSON object. Raises aiohttp.ClientError, TimeoutError."""
        async with self._http.post(url, json=document) as answer:
            answer.raise_for_status()

    async def __aenter__(self) -> Self:
        """Return the client."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Release the connections."""
        await self._http.close()


class Histogram:
    """Counts by upper limit in seconds, as Prometheus writes them: each includes those below."""

    def __init__(self, counts: dict[float, float]) -> None:
        self._counts = dict(sorted(counts.items()))

    def since(self, before: Histogram | None) -> Histogram:
        """Return what was counted after `before`."""
        earlier = before._counts if before is not None else {}
        return Histogram({limit: n - earlier.get(limit, 0) for limit, n in self._counts.items()})

    @property
    def count(self) -> int:
        """How many were counted."""
        return int(self._counts.get(math.inf, 0))

    def highest_ms(self) -> float:
        """Return the limit of the highest bucket that has any, ms; 0: empty. Beyond the last limit
        it is that one."""
        below, highest = 0.0, 0.0
        for limit, count in self._counts.items():
            if count > below:
                highest = highest if math.isinf(limit) else limit
            below = count
        return round(highest * 1e3, 1)

    def quantile_ms(self, share: float) -> float:
        """Return the quantile, ms; within a bucket the logarithms are taken as even. 0: empty."""
        rank, below, least = share * self.count, 0.0, 0.0
        for limit, count in self._counts.items():
            if count >= rank and count > below:
                if math.isinf(limit):
                    return least * 1e3
                inside = (rank - below) / (count - below)
                floor = least or limit / 2
                return float(floor * (limit / floor) ** inside * 1e3)
            below, least = count, limit
        return 0.0


def histograms_of(text: str) -> dict[str, Histogram]:
    """Return the histograms of a page of metrics.

    >>> page = 'wallwatch_worker_loop_lag_seconds_bucket{le="0.01"} 99.0'
    >>> list(histograms_of(page))
    ['loop_lag_seconds']
    """
    counts: dict[str, dict[float, float]] = {}
    for line in text.splitlines():
        name, found, rest = line.partition('_bucket{le="')
        if found:
            limit, _, count = rest.partition('"} ')
            plain = name.split("_", 2)[2]
            counts.setdefault(plain, {})[float(limit)] = float(count)
    return {name: Histogram(buckets) for name, buckets in counts.items()}
