"""Engine settings that change at run time: reads `control.settings` and passes on the news."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final

from aiokafka import ConsumerRecord, TopicPartition
from pydantic import ValidationError

from schemas.control import SettingsChange
from schemas.kafka.client_options import client_options
from schemas.kafka.consumer import ClosingConsumer
from schemas.record import symbol_key
from schemas.settings import EngineSettings, Settings
from schemas.settings.change import EVERY_SYMBOL, engine_with
from schemas.topics import SETTINGS

log = logging.getLogger(__name__)

POLL_MS: Final = 500
PARTITION: Final = TopicPartition(SETTINGS.name, 0)


class ChangedSettings:
    """The newest change of every key, laid over the configured settings."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._changes: dict[str, SettingsChange] = {}

    def note(self, change: SettingsChange) -> None:
        """Take a change. Raises pydantic.ValidationError if its values are not allowed."""
        engine_with(self._settings, change.symbol, change.overrides)
        self._changes[change.key] = change

    def of(self, venue: str, symbol: str) -> tuple[EngineSettings, int] | None:
        """Return the changed settings of a symbol and the event time (ms) from which they hold;
        None where nothing was ever changed."""
        keys = (symbol_key(venue, EVERY_SYMBOL), symbol_key(venue, symbol))
        changes = [self._changes[key] for key in keys if key in self._changes]
        if not changes:
            return None
        engine = engine_with(self._settings, symbol, *(change.overrides for change in changes))
        return engine, max(change.effective_from for change in changes)


class SettingsFeed:
    """Follows the topic from its beginning; one consumer without a group."""

    def __init__(
        self,
        settings: Settings,
        changed: ChangedSettings,
        tell: Callable[[SettingsChange], None],
        refuse: Callable[[ConsumerRecord, str], None],
    ) -> None:
        self._kafka = settings.kafka
        self._changed, self._tell, self._refuse = changed, tell, refuse
        self._consumer: ClosingConsumer | None = None

    async def start(self) -> None:
        """Connect and read all that was ever said, so that engines start with it."""
        consumer = ClosingConsumer(
            **client_options(self._kafka), auto_offset_reset="earliest", enable_auto_commit=False
        )
        await consumer.start()
        self._consumer = consumer
        consumer.assign([PARTITION])
        await consumer.seek_to_beginning(PARTITION)
        end = (await consumer.end_offsets([PARTITION]))[PARTITION]
        while await consumer.position(PARTITION) < end:
            await self._read(consumer)

    async def run(self) -> None:
        """Pass on changes until cancelled."""
        consumer = self._consumer
        if consumer is None:
            raise RuntimeError("the settings feed was not started")
        while True:
            await self._read(consumer)

    async def stop(self) -> None:
        """Disconnect."""
        if self._consumer is not None:
            consumer, self._consumer = self._consumer, None
            await consumer.stop()

    async def _read(self, consumer: ClosingConsumer) -> None:
        batches = await consumer.getmany(timeout_ms=POLL_MS)
        for record in (record for records in batches.values() for record in records):
            try:
                change: SettingsChange = SETTINGS.adapter.validate_json(record.value or b"")
                self._changed.note(change)
            except ValidationError as error:
                first = error.errors(include_url=False, include_input=False)[0]
                field = ".".join(str(part) for part in first["loc"])
                self._refuse(record, f"no settings change: {field}: {first['msg']}")
                continue
            delay_s = (time.time_ns() // 1_000 - change.issued_us) / 1e6
            log.info("settings of %s changed %.1f s ago", change.key, delay_s)
            self._tell(change)
