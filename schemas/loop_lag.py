"""How late the event loop of a service is, and how much of that is the garbage collector's."""

import asyncio
import gc
import time
from typing import Any, Final, NoReturn

from prometheus_client import CollectorRegistry

from schemas.metrics import Metric, Namespace, histogram

INTERVAL_S: Final = 0.1
_BUCKETS_S: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0)


def loop_lag_metric(namespace: Namespace) -> Metric:
    """Define the metric among those of one service."""
    return namespace.histogram(
        "loop_lag_seconds", "Event-loop lag: delay of a timer beyond its due time.", _BUCKETS_S
    )


def gc_pause_metric(namespace: Namespace) -> Metric:
    """Define the metric among those of one service."""
    return namespace.histogram(
        "gc_pause_seconds", "Time that one run of the garbage collector took.", _BUCKETS_S
    )


class LoopLag:
    """Measures the delay of a timer and the runs of the garbage collector, which stop every thread
    of the process."""

    def __init__(self, lag: Metric, pause: Metric, registry: CollectorRegistry) -> None:
        """Register at `registry`."""
        self._lag_s = histogram(lag, registry)
        self._pause_s = histogram(pause, registry)
        self._collecting_since_s = 0.0

    async def measure(self) -> NoReturn:
        """Observe the running event loop until cancelled."""
        now_s = asyncio.get_running_loop().time
        gc.callbacks.append(self._collected)
        try:
            while True:
                due_s = now_s() + INTERVAL_S
                await asyncio.sleep(INTERVAL_S)
                self._lag_s.observe(max(0.0, now_s() - due_s))
        finally:
            gc.callbacks.remove(self._collected)

    def _collected(self, phase: str, _: dict[str, Any]) -> None:
        if phase == "start":
            self._collecting_since_s = time.perf_counter()
        else:
            self._pause_s.observe(time.perf_counter() - self._collecting_since_s)
