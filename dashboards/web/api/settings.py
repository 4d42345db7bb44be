"""Settings: read by anyone who may see the page, changed with the token, while workers run."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from functools import partial
from math import isfinite
from typing import Any, Final, NamedTuple

from aiohttp import web
from pydantic import BaseModel

from dashboards.web.answers.health import SettingsAnswer, SettingsChanged
from dashboards.web.api.params import BadParameterError, SettingsParams, SettingsWriteParams, parse
from dashboards.web.api.routes import Route
from dashboards.web.api.settings_control import (
    ENGINE,
    Changes,
    ControlUnavailableError,
    SettingsControl,
    WrongValueError,
    allowed,
    nested,
    overrides_in,
)
from dashboards.web.http import json_response
from dashboards.web.site import Site
from schemas.control import SettingsChange
from schemas.record import symbol_key
from schemas.settings import EngineSettings, Settings, merged
from schemas.settings.change import EVERY_SYMBOL, change_of

BEARER: Final = "Bearer "
NO_TOKEN: Final = (
    "changes over HTTP are off: start with WALLWATCH_WEB__TOKEN=SECRET (web.token) and send it, or "
    "use `wallwatch settings set`"
)
NO_BROKER: Final = "this process has no broker: use `wallwatch settings set`"


class Shown(NamedTuple):
    """A setting under a name of its own."""

    name: str
    cure: str
    """What to give instead of a value that is not allowed."""


class SettingsApi:
    """Handlers of /api/v1/settings; without `control` nothing can be changed."""

    def __init__(self, site: Site, control: SettingsControl | None) -> None:
        self._site = site
        self._settings = site.settings
        self._control = control
        self._token = site.settings.web.token.get_secret_value()

    def routes(self) -> list[Route]:
        """Return what is served."""
        path = "/api/v1/settings/{name}"
        return [
            Route(
                path,
                self.read,
                "A setting or a section by dotted name, for example engine.threshold",
                params=SettingsParams,
                answer=SettingsAnswer,
                errors=(404,),
            ),
            Route(
                path,
                self.write,
                "Change an engine setting of a symbol, or of all (*); the body is the value",
                method="PUT",
                params=SettingsWriteParams,
                example=2_000_000,
                answer=SettingsChanged,
                errors=(401, 403, 404, 409, 422, 501),
                secured=True,
            ),
        ]

    async def read(self, request: web.Request) -> web.Response:
        """The value in force; secrets are masked."""
        params = parse(SettingsParams, request.query)
        return await self.value(request.match_info["name"], params.symbol)

    async def value(
        self, name: str, symbol: str | None, shown: Shown | None = None
    ) -> web.Response:
        """Return the answer about a setting by dotted name, as changed for `symbol`, or as
        configured; the answer calls it as `shown` says. Raises BadParameterError."""
        settings = self._settings
        if symbol is not None and self._control is not None:
            try:
                engine = self._in_force(await self._control.changes(), symbol)
            except ControlUnavailableError as error:
                return json_response({"error": str(error)}, status=503)
            settings = settings.model_copy(update={ENGINE: engine})
        return json_response(
            {
                "name": shown.name if shown else name,
                "value": _plain(_value(settings, name)),
                "writable": not (reason := self._read_only_reason(name)),
                "read_only_reason": reason,
            }
        )

    async def write(self, request: web.Request) -> web.Response:
        """Lay the value over what was changed before, and publish it to the workers."""
        return await self.change(request, request.match_info["name"], SettingsWriteParams)

    async def change(
        self,
        request: web.Request,
        name: str,
        model: type[SettingsWriteParams],
        shown: Shown | None = None,
    ) -> web.Response:
        """Change a setting by dotted name as a request asks, with the parameters of `model`; the
        answer calls it as `shown` says. Raises BadParameterError."""
        if (refusal := self._refusal(request)) is not None:
            return refusal
        _value(self._settings, name)
        if _section(name) != ENGINE:
            return _error(409, _needs_restart(name))
        if self._control is None:
            return _error(501, NO_BROKER)
        params = parse(model, request.query)
        await self._check_symbol(params.symbol)
        try:
            values = nested(name, await _body(request))
            # A mistake is told before the broker is asked.
            allowed(self._settings, params.symbol, values)
            key = symbol_key(self._settings.ingest.venue, params.symbol)
            changes = await self._control.amend(key, partial(self._changed, params, values))
            engine = self._in_force(changes, params.symbol)
        except WrongValueError as error:
            return _error(422, f"{error}: {shown.cure}" if shown else str(error))
        except ControlUnavailableError as error:
            return _error(503, str(error))
        settings = self._settings.model_copy(update={ENGINE: engine})
        return json_response(
            {
                "name": shown.name if shown else name,
                "symbol": params.symbol,
                "value": _plain(_value(settings, name)),
                "overrides": changes[key].overrides,
                "effective_from": changes[key].effective_from,
                "settings_version": engine.version,
            }
        )

    def _refusal(self, request: web.Request) -> web.Response | None:
        if not self._token:
            return _error(403, NO_TOKEN)
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), (BEARER + self._token).encode()):
            words = "the header Authorization must be Bearer with the token of web.token"
            return _error(401, words)
        return None

    def _read_only_reason(self, name: str) -> str:
        if _section(name) != ENGINE:
            return _needs_restart(name)
        if not self._token:
            return NO_TOKEN
        return NO_BROKER if self._control is None else ""

    def _changed(
        self, params: SettingsWriteParams, values: dict[str, Any], changes: Changes
    ) -> SettingsChange:
        """Return the change that lays `values` over what was changed for the symbol before."""
        before = overrides_in(changes, self._settings, params.symbol)
        overrides = merged(before, values)
        allowed(self._settings, params.symbol, overrides)
        return change_of(self._settings, params.symbol, overrides, params.at_ms)

    def _in_force(self, changes: Changes, symbol: str) -> EngineSettings:
        """Return the engine settings with what was changed for all and, over that, for this symbol.

        Raises WrongValueError.
        """
        found = overrides_in(changes, self._settings, EVERY_SYMBOL)
        if symbol != EVERY_SYMBOL:
            found = merged(found, overrides_in(changes, self._settings, symbol))
        return allowed(self._settings, symbol, found)

    async def _check_symbol(self, symbol: str) -> None:
        known = (await self._site.snapshots.current()).symbols
        if symbol != EVERY_SYMBOL and symbol not in known:
            choices = [EVERY_SYMBOL, *known]
            raise BadParameterError("symbol", f"unknown symbol {symbol}", choices, 404)


async def _body(request: web.Request) -> Any:
    try:
        return await request.json(loads=_loads)
    except ValueError as error:
        raise WrongValueError(f"the body must be the value as JSON: {error}") from None


def _loads(text: str) -> Any:
    def refuse(name: str) -> float:
        raise ValueError(f"{name} is not a finite number")

    def finite(digits: str) -> float:
        number = float(digits)
        return number if isfinite(number) else refuse(digits)

    loads: Callable[..., Any] = json.loads
    return loads(text, parse_constant=refuse, parse_float=finite)


def _needs_restart(name: str) -> str:
    variable = "WALLWATCH_" + name.upper().replace(".", "__")
    words = f"set {variable} or the configuration file, and restart"
    return f"setting {name} cannot be changed while running: {words}"


def _section(name: str) -> str:
    return name.partition(".")[0]


def _error(status: int, words: str) -> web.Response:
    return json_response({"error": words}, status=status)


def _value(settings: Settings, name: str) -> Any:
    """Return a setting by its dotted name. Raises BadParameterError."""
    value: Any = settings
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
