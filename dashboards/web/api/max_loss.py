"""The greatest loss that a suggestion may lead to: one engine setting under a name of its own."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from dashboards.web.answers.health import SettingsAnswer, SettingsChanged
from dashboards.web.api.params import MaxLossParams, MaxLossWriteParams, parse
from dashboards.web.api.routes import Route
from dashboards.web.api.settings import SettingsApi, Shown

MAX_LOSS: Final = "engine.risk.max_loss_usd"
SHOWN: Final = Shown(
    "maxLossAmount", "give USD as a finite number above 0, or null for no suggestions"
)


class MaxLossApi:
    """Handlers of /api/v1/settings/maxLossAmount: USD, null while there are no suggestions."""

    def __init__(self, settings: SettingsApi) -> None:
        self._settings = settings

    def routes(self) -> list[Route]:
        """Return what is served."""
        path = f"/api/v1/settings/{SHOWN.name}"
        return [
            Route(
                path,
                self.read,
                "What may be lost with a suggestion, USD, as changed at run time; null: off",
                params=MaxLossParams,
                answer=SettingsAnswer,
            ),
            Route(
                path,
                self.write,
                "Change what may be lost with a suggestion; the body is USD, or null for off",
                method="PUT",
                params=MaxLossWriteParams,
                example=500,
                answer=SettingsChanged,
                errors=(401, 403, 404, 422, 501),
                secured=True,
            ),
        ]

    async def read(self, request: web.Request) -> web.Response:
        """The amount in force."""
        params = parse(MaxLossParams, request.query)
        return await self._settings.value(MAX_LOSS, params.symbol, SHOWN)

    async def write(self, request: web.Request) -> web.Response:
        """Another amount, for all symbols or for one."""
        return await self._settings.change(request, MAX_LOSS, MaxLossWriteParams, SHOWN)
