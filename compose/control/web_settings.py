"""Changes of engine settings as the page makes them: the control topic behind its API."""

from __future__ import annotations

import logging
from collections.abc import Callable

from aiohttp import web
from aiokafka import ConsumerRecord

from compose.control.control_topic import ControlTopic
from compose.errors import UserError
from dashboards.web.api.settings_control import Changes, ControlUnavailableError
from dashboards.web.app import create_app
from dashboards.web.site import StatusSource
from schemas.control import SettingsChange
from schemas.settings import KafkaSettings, Settings
from schemas.topics import SETTINGS

logger = logging.getLogger(__name__)


def app_with_control(settings: Settings, pipeline_status: StatusSource) -> web.Application:
    """Return the pages and the API of a process that knows the broker."""
    return create_app(settings, pipeline_status, PublishedSettings(settings.kafka))


class PublishedSettings:
    """`control.settings` as the settings API needs it."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._topic = ControlTopic(settings, SETTINGS, _log_unreadable)

    async def changes(self) -> Changes:
        """Return the newest change of every key. Raises ControlUnavailableError."""
        try:
            return await self._topic.newest()
        except UserError as error:
            raise ControlUnavailableError(str(error)) from None

    async def amend(self, key: str, change: Callable[[Changes], SettingsChange]) -> Changes:
        """Publish `change` of the newest changes. Raises ControlUnavailableError."""
        try:
            return await self._topic.amend(key, change)
        except UserError as error:
            raise ControlUnavailableError(str(error)) from None


def _log_unreadable(record: ConsumerRecord) -> None:
    logger.warning("topic %s, offset %d: not a settings change", record.topic, record.offset)
