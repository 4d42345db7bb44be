"""Reads new alerts from the store and posts them, beside everything else."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any, Final

from dashboards.notify.delivery import Delivery
from dashboards.notify.gate import Gate
from dashboards.notify.message import body
from dashboards.queries.alerts import ALERTS_RECEIVED
from dashboards.reader import StoreReader
from schemas.clickhouse.errors import StoreError
from schemas.settings import NotifySettings

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
        self._reader = reader
        self._clock = clock
        self._wall_s = wall_s
        self._gate = Gate(settings)
        self._delivery = Delivery(settings, "notify", wall_s)
        self._task: asyncio.Task[None] | None = None

    def status(self) -> dict[str, Any]:
        """Return what was done so far; the address without its path, which may be a secret."""
        return {**self._delivery.status(), "held_back": self._gate.held_back}

    def start(self) -> None:
        """Begin, if there is somewhere to tell."""
        if self._delivery.is_on:
            self._delivery.start()
            self._task = asyncio.create_task(self._watch(), name="notify-watch")

    async def stop(self) -> None:
        """End at once; what waits is told after the next start if it is within the look-back."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        await self._delivery.stop()

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
                self._delivery.put(body(notification, self._settings))
