"""Posts bodies to one receiver, one after another, and tries again where that may help."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientSession, ClientTimeout

from dashboards.notify.retry import Outcome, wait_s
from schemas.http.proxy import proxy_of
from schemas.http.retry_after import retry_after_s
from schemas.settings import DeliverySettings, SettingsError

QUEUE_LIMIT: Final = 100
"""Most notifications that wait for a receiver which is away; the oldest give way."""

log = logging.getLogger(__name__)


class Delivery:
    """The queue of one receiver; without a url it takes nothing."""

    def __init__(
        self, settings: DeliverySettings, name: str, wall_s: Callable[[], float] = time.time
    ) -> None:
        """`name`: what the settings of this receiver are called, for messages."""
        self._settings = settings
        self._name = name
        self._url = settings.url.get_secret_value()
        self._wall_s = wall_s
        self._queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue(QUEUE_LIMIT)
        self._task: asyncio.Task[None] | None = None
        self._counts = {"sent": 0, "failed": 0, "dropped": 0, "retries": 0}
        self._last_error: str | None = None

    @property
    def is_on(self) -> bool:
        """Whether there is somewhere to tell."""
        return bool(self._url)

    def status(self) -> dict[str, Any]:
        """Return what was done so far; the address without its path, which may be a secret."""
        return {
            "on": self.is_on,
            "to": urlsplit(self._url).hostname if self._url else None,
            "format": self._settings.format.value,
            "waiting": self._queue.qsize(),
            **self._counts,
            "last_error": self._last_error,
        }

    def start(self) -> None:
        """Begin to post, if there is somewhere to."""
        if self.is_on:
            self._task = asyncio.create_task(self._deliver(), name=f"deliver-{self._name}")

    async def stop(self) -> None:
        """End at once."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    def put(self, body: dict[str, Any]) -> None:
        """Let a JSON object be posted."""
        if not self.is_on:
            return
        if self._queue.full():
            self._queue.get_nowait()
            self._counts["dropped"] += 1
            self._fail(
                f"the receiver does not answer and the queue of {QUEUE_LIMIT} is full: "
                "the oldest is dropped"
            )
        self._queue.put_nowait(body)

    async def _deliver(self) -> None:
        timeout = ClientTimeout(total=self._settings.timeout_s)
        async with ClientSession(timeout=timeout) as session:
            while True:
                await self._tell(session, await self._queue.get())

    async def _tell(self, session: ClientSession, body: dict[str, Any]) -> None:
        tries = 0
        while True:
            tries += 1
            outcome = await self._post(session, body)
            if outcome.delivered:
                self._counts["sent"] += 1
                self._last_error = None
                return
            wait = wait_s(outcome, tries, self._settings)
            if wait is None:
                self._counts["failed"] += 1
                return
            self._counts["retries"] += 1
            await asyncio.sleep(wait)

    async def _post(self, session: ClientSession, body: dict[str, Any]) -> Outcome:
        try:
            async with session.post(
                self._url, json=body, allow_redirects=False, proxy=proxy_of(self._url)
            ) as answer:
                if not 200 <= answer.status < 300:
                    self._fail(f"the receiver answered {answer.status} {answer.reason}")
                stated = answer.headers.get("Retry-After")
                return Outcome(answer.status, retry_after_s(stated, self._wall_s()))
        except (ClientError, TimeoutError, OSError) as error:
            # The error's own text would hold the address, which may be a secret.
            self._fail(f"the receiver cannot be reached ({type(error).__name__})")
            return Outcome(None)
        except SettingsError as error:
            self._fail(str(error))
            return Outcome(None)

    def _fail(self, reason: str) -> None:
        host = urlsplit(self._url).hostname
        if reason != self._last_error:
            log.warning("notification to %s: %s; check %s.url", host, reason, self._name)
        self._last_error = reason
