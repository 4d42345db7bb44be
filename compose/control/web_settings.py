"""Changes of engine settings as the page makes them: the control topic behind its API."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from compose.control.control_topic import overrides_of, say
from compose.errors import UserError
from dashboards.web.api.settings_control import ControlUnavailableError
from dashboards.web.app import create_app
from dashboards.web.site import PipelineStatus
from schemas.control import SettingsChange
from schemas.settings import KafkaSettings, Settings
from schemas.topics import SETTINGS


def app_with_control(settings: Settings, pipeline_status: PipelineStatus) -> web.Application:
    """Return the pages and the API of a process that knows the broker."""
    return create_app(settings, pipeline_status, ControlTopic(settings.kafka))


class ControlTopic:
    """`control.settings`, read from its beginning each time: it is compacted and changes rarely."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings

    async def overrides(self, venue: str, symbol: str) -> dict[str, Any]:
        """Return what was changed for a symbol so far. Raises ControlUnavailableError."""
        try:
            return await asyncio.to_thread(overrides_of, self._settings, venue, symbol)
        except UserError as error:
            raise ControlUnavailableError(str(error)) from None

    async def publish(self, change: SettingsChange) -> None:
        """Say a change. Raises ControlUnavailableError."""
        try:
            await asyncio.to_thread(say, self._settings, SETTINGS, [change])
        except UserError as error:
            raise ControlUnavailableError(str(error)) from None
