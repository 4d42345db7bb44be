"""How late the event loop of a service is."""

import asyncio
from typing import Final, NoReturn

from prometheus_client import CollectorRegistry

from schemas.metrics import Metric, Namespace, histogram

INTERVAL_S: Final = 0.1


def loop_lag_metric(namespace: Namespace) -> Metric:
    """Define the metric among those of one service."""
    return namespace.histogram(
        "loop_lag_seconds",
        "Event-loop lag: delay of a timer beyond its due time.",
        (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0),
    )


class LoopLag:
    """Measures the delay of a timer."""

    def __init__(self, metric: Metric, registry: CollectorRegistry) -> None:
        """Register at `registry`."""
        self._seconds = histogram(metric, registry)

    async def measure(self) -> NoReturn:
        """Observe the running event loop until cancelled."""
        now_s = asyncio.get_running_loop().time
        while True:
            due_s = now_s() + INTERVAL_S
            await asyncio.sleep(INTERVAL_S)
            self._seconds.observe(max(0.0, now_s() - due_s))
