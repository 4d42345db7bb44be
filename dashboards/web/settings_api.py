"""Settings: read by anyone who may see the page, changed by nobody yet and never without token."""

from __future__ import annotations

import hmac
from typing import Any, Final

from aiohttp import web
from pydantic import BaseModel

from dashboards.web.answers import SettingsAnswer
from dashboards.web.http import json_response
from dashboards.web.params import BadParameterError
from dashboards.web.routes import Route
from dashboards.web.site import Site

BEARER: Final = "Bearer "


class SettingsApi:
    """Handlers of /api/v1/settings."""

    def __init__(self, site: Site) -> None:
        self._settings = site.settings
        self._token = site.settings.web.token.get_secret_value()

    def routes(self) -> list[Route]:
        """Return what is served."""
        path = "/api/v1/settings/{name}"
        return [
            Route(
                path,
                self.read,
                "A setting or a section by dotted name, for example engine.threshold",
                answer=SettingsAnswer,
                errors=(404,),
            ),
            Route(
                path,
                self.write,
                "Change a setting: always 501, as settings are read once, at start",
                method="PUT",
                errors=(401, 403, 404, 501),
                secured=True,
            ),
        ]

    async def read(self, request: web.Request) -> web.Response:
        """The value in force; secrets are masked."""
        name = request.match_info["name"]
        value = self._value(name)
        return json_response({"name": name, "value": _plain(value), "writable": False})

    async def write(self, request: web.Request) -> web.Response:
        """Refuse, with the reason."""
        if not self._token:
            return json_response(
                {"error": "nothing can be changed here: set web.token to allow it"}, status=403
            )
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), (BEARER + self._token).encode()):
            return json_response(
                {"error": "the header Authorization must be Bearer with the token of web.token"},
                status=401,
            )
        name = request.match_info["name"]
        self._value(name)
        variable = "WALLWATCH_" + name.upper().replace(".", "__")
        return json_response(
            {
                "error": f"setting {name} cannot be changed while running: set {variable} or "
                "the configuration file, and restart"
            },
            status=501,
        )

    def _value(self, name: str) -> Any:
        """Return a setting by its dotted name. Raises BadParameterError."""
        value: Any = self._settings
        for part in name.split("."):
            names = sorted(type(value).model_fields) if isinstance(value, BaseModel) else []
            if isinstance(value, dict):
                names = sorted(value)
            if part not in names:
                raise BadParameterError("name", f"unknown setting {name}", names, status=404)
            value = value[part] if isinstance(value, dict) else getattr(value, part)
        return value


def _plain(value: Any) -> Any:
    """Return a setting as JSON values; secrets as asterisks, or empty where there is none."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, tuple):
        return list(value)
    return value if isinstance(value, str | int | float | bool | dict | None) else str(value)
