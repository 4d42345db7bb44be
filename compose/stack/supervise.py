"""Keeps a service running: a crash is followed by a restart, which continues where it was."""

from __future__ import annotations

import asyncio
import time
from typing import Final

from compose.brokers.base import Say
from compose.stack.service_child import Ending, ServiceChild, ServiceError

BACKOFF_S: Final = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Pauses before consecutive restarts; after the last one the service is given up."""
HEALTHY_S: Final = 30.0
"""A service that ran this long starts again from the first pause."""


class Supervisor:
    """Watches one started service."""

    def __init__(self, service: ServiceChild, say: Say, start_deadline_s: float) -> None:
        self._service = service
        self._say = say
        self._start_deadline_s = start_deadline_s
        self.restarts = 0

    async def run(self) -> Ending:
        """Return when the service has ended cleanly. Raises ServiceError when it is given up."""
        failures = 0
        while True:
            began = time.monotonic()
            ending = await self._service.ended()
            if ending.is_clean:
                return ending
            problem = ending.describe()
            if time.monotonic() - began >= HEALTHY_S:
                failures = 0
            failures = await self._restart(problem, failures)

    async def _restart(self, problem: str, failures: int) -> int:
        """Start it again, however many tries that takes. Returns the failures in a row so far."""
        while failures < len(BACKOFF_S):
            pause_s = BACKOFF_S[failures]
            self._say(f"{problem}\n{self._service.name} is started again in {pause_s:g} s")
            await asyncio.sleep(pause_s)
            failures += 1
            self.restarts += 1
            try:
                await self._service.start(self._start_deadline_s)
            except ServiceError as error:
                problem = str(error)
            else:
                self._say(f"{self._service.name} runs again and continues where it was")
                return failures
        raise ServiceError(
            f"{self._service.name} was started {len(BACKOFF_S)} times in a row and failed each "
            f"time; {problem}"
        )
