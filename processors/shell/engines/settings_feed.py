"""Engine settings that change at run time: reads `control.settings` and passes on the news."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from aiokafka import ConsumerRecord
from pydantic import ValidationError

from schemas.clock import wall_us
from schemas.control import SettingsChange
from schemas.kafka.reader import FOLLOW_PAUSE_S, TopicReader
from schemas.record import symbol_key
from schemas.settings import EngineSettings, Settings
from schemas.settings.change import EVERY_SYMBOL, engine_with
from schemas.topics import SETTINGS

log = logging.getLogger(__name__)


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
        self._changed, self._tell, self._refuse = changed, tell, refuse
        self._reader = TopicReader(
            settings.kafka, SETTINGS, "wallwatch-worker-settings", FOLLOW_PAUSE_S
        )

    async def start(self) -> None:
        """Connect and read every change so far, so that engines start with it."""
        self._take(await self._reader.start())

    async def run(self) -> None:
        """Pass on changes until cancelled."""
        while True:
            self._take(await self._reader.next())

    async def stop(self) -> None:
        """Disconnect."""
        await self._reader.stop()

    def _take(self, records: Iterable[ConsumerRecord]) -> None:
        for record in records:
            try:
                change: SettingsChange = SETTINGS.adapter.validate_json(record.value or b"")
                self._changed.note(change)
            except ValidationError as error:
                first = error.errors(include_url=False, include_input=False)[0]
                field = ".".join(str(part) for part in first["loc"])
                self._refuse(record, f"not a settings change: {field}: {first['msg']}")
                continue
            delay_s = (wall_us() - change.issued_us) / 1e6
            log.info("settings of %s changed %.1f s ago", change.key, delay_s)
            self._tell(change)
