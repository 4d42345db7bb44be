"""Watches the store for every rule, keeps what fires, and tells it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from dashboards.notify.delivery import Delivery
from dashboards.notify.message import chat_body
from dashboards.queries.rules import MARKET_NOW
from dashboards.reader import StoreReader
from dashboards.rules.journal import Journal
from dashboards.rules.tape import Tape, TooMuchError
from dashboards.rules.watch import Firing, RuleWatch
from schemas.clickhouse.errors import StoreError
from schemas.settings import NotifyFormat, RuleSettings, RulesSettings
from schemas.units import MINUTE_MS

OVERLAP_MS: Final = 5_000
"""Rows are read again for so long: workers write them in batches, not quite in order."""
FEEDS_OVERLAP_MS: Final = MINUTE_MS
"""The same of states of streams: they are told by the clock, and come late where a worker lags."""
CATCH_UP_MS: Final = 10 * MINUTE_MS
"""After the store was away for longer than this, what happened before is not told any more."""

log = logging.getLogger(__name__)


class RuleService:
    """The rules in force: those of the settings, and those that were made over the API.

    A rule begins with the market's newest second; a change of a rule begins it anew.
    """

    def __init__(
        self,
        settings: RulesSettings,
        reader: StoreReader,
        wall_s: Callable[[], float] = time.time,
    ) -> None:
        """Raises JournalError."""
        self.settings = settings
        self.journal = Journal(settings.file)
        self._tape = Tape(reader)
        self._reader = reader
        self._wall_s = wall_s
        self._deliveries = {
            name: Delivery(channel, f"alerts.channels.{name}")
            for name, channel in settings.channels.items()
        }
        self._watches: dict[str, RuleWatch] = {}
        self._seen: dict[str, int] = {}
        """Ids of firings and their time: the overlap gives them again."""
        self._after_ms: int | None = None
        self._task: asyncio.Task[None] | None = None

    def rules(self) -> list[tuple[RuleSettings, bool]]:
        """Return every rule and whether it stands in the settings; a kept one of the same name
        gives way to that."""
        configured = {rule.name: rule for rule in self.settings.rules}
        kept = [rule for rule in self.journal.rules() if rule.name not in configured]
        return [*((rule, True) for rule in configured.values()), *((rule, False) for rule in kept)]

    def channels(self) -> dict[str, dict[str, Any]]:
        """Return what each channel did so far."""
        return {name: delivery.status() for name, delivery in self._deliveries.items()}

    def held_back(self, name: str) -> int:
        """Return how many firings of a rule its cool-down held back since the start."""
        watch = self._watches.get(name)
        return watch.held_back if watch else 0

    def start(self) -> None:
        """Begin to watch."""
        for delivery in self._deliveries.values():
            delivery.start()
        self._task = asyncio.create_task(self._watch(), name="rules-watch")

    async def stop(self) -> None:
        """End at once."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        for delivery in self._deliveries.values():
            await delivery.stop()
        await asyncio.to_thread(self.journal.close)

    async def _watch(self) -> None:
        store_is_away = False
        while True:
            try:
                await self._look()
                store_is_away = False
            except (StoreError, TooMuchError) as error:
                if not store_is_away:
                    log.warning("alert rules are delayed: %s", error)
                store_is_away = True
            await asyncio.sleep(self.settings.poll_s)

    async def _look(self) -> None:
        rules = await asyncio.to_thread(self.rules)
        if not rules:
            self._after_ms = None
            self._watches.clear()
            return
        [now] = await self._reader.rows(MARKET_NOW, {})
        now_ms = int(now["now_ms"])
        after_ms = self._after_ms
        if after_ms is None or now_ms - after_ms > CATCH_UP_MS:
            self._watches.clear()
            after_ms = now_ms
        clock_ms = round(self._wall_s() * 1_000)
        await self._renew([rule for rule, _ in rules], after_ms, clock_ms)
        watches = list(self._watches.values())
        # The newest seconds of the book may be before orders of the same moment are written.
        fired = await self._tape.play(watches, after_ms, now_ms)
        fired += await self._tape.play_feeds(watches, clock_ms - FEEDS_OVERLAP_MS, clock_ms)
        self._after_ms = max(after_ms, now_ms - OVERLAP_MS)
        for firing in fired:
            if firing.event_id + firing.rule not in self._seen:
                self._seen[firing.event_id + firing.rule] = firing.time_ms
                await self._tell(firing)
        oldest_ms = now_ms - CATCH_UP_MS
        self._seen = {key: at_ms for key, at_ms in self._seen.items() if at_ms >= oldest_ms}

    async def _renew(self, rules: list[RuleSettings], at_ms: int, clock_ms: int) -> None:
        """Begin what is new or changed, and end what is gone."""
        wanted = {rule.name: rule for rule in rules}
        self._watches = {
            name: watch for name, watch in self._watches.items() if wanted.get(name) == watch.rule
        }
        begun = [RuleWatch(rule) for name, rule in wanted.items() if name not in self._watches]
        if begun:
            await self._tape.begin(begun, at_ms, clock_ms)
            self._watches |= {watch.rule.name: watch for watch in begun}

    async def _tell(self, firing: Firing) -> None:
        rule = self._watches[firing.rule].rule
        if not await asyncio.to_thread(self.journal.record, firing, sound=rule.sound):
            return
        for name in rule.channels:
            # A rule that was kept may name a channel that the settings no longer have.
            if (delivery := self._deliveries.get(name)) is not None:
                channel = self.settings.channels[name]
                is_json = channel.format is NotifyFormat.JSON
                delivery.put(document(firing) if is_json else chat_body(words(firing), channel))


def document(firing: Firing) -> dict[str, Any]:
    """Return a firing as the JSON of a webhook."""
    return {
        "event_id": firing.event_id,
        "time": _iso(firing.time_ms),
        "venue": firing.venue,
        "symbol": firing.symbol,
        "rule": firing.rule,
        "message": firing.text,
        "order_id": firing.order_id or None,
        "held_back": firing.held_back,
    }


def words(firing: Firing) -> str:
    """Return a firing as plain text."""
    lines = [
        f"{firing.rule}: {firing.symbol} ({firing.venue})",
        firing.text,
        _iso(firing.time_ms),
    ]
    if firing.held_back:
        lines.append(f"{firing.held_back} more were held back before")
    return "\n".join(lines)


def _iso(time_ms: int) -> str:
    moment = datetime.fromtimestamp(time_ms / 1_000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
