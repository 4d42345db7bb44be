"""Reads new alerts from the store and posts them, beside everything else."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientSession, ClientTimeout

from dashboards.notify.gate import Gate, Notification
from dashboards.notify.message import body
from dashboards.notify.retry import Outcome, wait_s
from dashboards.queries.alerts import ALERTS_RECEIVED
from dashboards.reader import StoreReader
from schemas.clickhouse.errors import StoreError
from schemas.proxy import proxy_of
from schemas.retry_after import retry_after_s
from schemas.settings import NotifySettings

QUEUE_LIMIT: Final = 100
"""Most notifications that wait for a receiver which is away; the oldest give way."""
READ_LIMIT: Final = 1_000

log = logging.getLogger(__name__)


class Notifier:
    """Tells alerts at least once within the look-back; `event_id` lets a receiver tell repeats.

    Rows are read again for `lookback_s` after they were received, because workers write them in
    batches and so not quite in that order; the gate knows which were told.
    """

    def __init__(
        self,
        settings: NotifySettings,
        reader: StoreReader,
        clock: Callable[[], float] = time.monotonic,
        wall_s: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._url = settings.url.get_secret_value()
        self._reader = reader
        self._clock = clock
        self._wall_s = wall_s
        self._gate = Gate(settings)
        self._queue: asyncio.Queue[Notification] = asyncio.Queue(QUEUE_LIMIT)
        self._tasks: list[asyncio.Task[None]] = []
        self._counts = {"sent": 0, "failed": 0, "dropped": 0, "retries": 0}
        self._last_error: str | None = None

    def status(self) -> dict[str, Any]:
        """Return what was done so far; the address without its path, which may be a secret."""
        url = urlsplit(self._url)
        return {
            "on": bool(self._url),
            "to": url.hostname if self._url else None,
            "format": self._settings.format.value,
            "waiting": self._queue.qsize(),
            "held_back": self._gate.held_back,
            **self._counts,
            "last_error": self._last_error,
        }

    def start(self) -> None:
        """Begin, if there is somewhere to tell."""
        if self._url:
            self._tasks = [
                asyncio.create_task(self._watch(), name="notify-watch"),
                asyncio.create_task(self._deliver(), name="notify-deliver"),
            ]

    async def stop(self) -> None:
        """End at once; what waits is told after the next start if it is within the look-back."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    async def _watch(self) -> None:
        store_is_away = False
        while True:
            try:
                await self._look()
                store_is_away = False
            except StoreError as error:
                if not store_is_away:
                    log.warning("notifications are delayed: %s", error)
                store_is_away = True
            await asyncio.sleep(self._settings.poll_s)

    async def _look(self) -> None:
        after_s = self._wall_s() - self._settings.lookback_s
        rows = await self._reader.rows(
            ALERTS_RECEIVED, {"after_us": round(after_s * 1e6), "limit": READ_LIMIT}
        )
        for row in rows:
            notification = self._gate.consider(row, self._clock())
            if notification is not None:
                self._put(notification)

    def _put(self, notification: Notification) -> None:
        if self._queue.full():
            self._queue.get_nowait()
            self._counts["dropped"] += 1
            self._fail(
                f"the receiver does not answer and the queue of {QUEUE_LIMIT} is full: "
                "the oldest is dropped"
            )
        self._queue.put_nowait(notification)

    async def _deliver(self) -> None:
        timeout = ClientTimeout(total=self._settings.timeout_s)
        async with ClientSession(timeout=timeout) as session:
            while True:
                await self._tell(session, await self._queue.get())

    async def _tell(self, session: ClientSession, notification: Notification) -> None:
        tries = 0
        while True:
            tries += 1
            outcome = await self._post(session, notification)
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

    async def _post(self, session: ClientSession, notification: Notification) -> Outcome:
        try:
            async with session.post(
                self._url,
                json=body(notification, self._settings),
                allow_redirects=False,
                proxy=proxy_of(self._url),
            ) as answer:
                if not 200 <= answer.status < 300:
                    self._fail(f"the receiver answered {answer.status} {answer.reason}")
                stated = answer.headers.get("Retry-After")
                return Outcome(answer.status, retry_after_s(stated, self._wall_s()))
        except (ClientError, TimeoutError, OSError) as error:
            # The error's own text would hold the address, which may be a secret.
            self._fail(f"the receiver cannot be reached ({type(error).__name__})")
            return Outcome(None)

    def _fail(self, reason: str) -> None:
        host = urlsplit(self._url).hostname
        if reason != self._last_error:
            log.warning("notification to %s: %s; check notify.url", host, reason)
        self._last_error = reason
