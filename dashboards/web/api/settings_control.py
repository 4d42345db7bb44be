"""What the settings API needs of the outside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from pydantic import ValidationError

from schemas.control import SettingsChange
from schemas.record import symbol_key
from schemas.settings import EngineSettings, Settings, explain
from schemas.settings.change import engine_with

ENGINE: Final = "engine"

Changes = Mapping[str, SettingsChange]
"""The newest change by key."""


class ControlUnavailableError(Exception):
    """The topic of changes cannot be read or written."""


class SettingsControl(Protocol):
    """Where changes of engine settings are kept and published."""

    async def changes(self) -> Changes:
        """Return the newest change of every key. Raises ControlUnavailableError."""

    async def amend(self, key: str, change: Callable[[Changes], SettingsChange]) -> Changes:
        """Publish `change` of the newest changes under a key, and return the newest after it.

        Of two calls at once both hold. What `change` raises is passed on. Raises
        ControlUnavailableError.
        """


def overrides_in(changes: Changes, settings: Settings, symbol: str) -> dict[str, Any]:
    """Return what was changed for a symbol, without what was changed for all.

    Empty where the change is not allowed: the workers refuse it, too.
    """
    found = changes.get(symbol_key(settings.ingest.venue, symbol))
    if found is None:
        return {}
    try:
        allowed(settings, symbol, found.overrides)
    except WrongValueError:
        return {}
    return found.overrides


class WrongValueError(Exception):
    """A value that is not allowed: one line names the field and the range."""


def nested(name: str, value: Any) -> dict[str, Any]:
    """Return `value` under its dotted name within the engine settings.

    >>> nested("engine.threshold.multiple", 6)
    {'threshold': {'multiple': 6}}
    """
    for part in reversed(name.split(".")[1:]):
        value = {part: value}
    return dict(value)


def allowed(settings: Settings, symbol: str, overrides: dict[str, Any]) -> EngineSettings:
    """Return the engine settings of a symbol with overrides. Raises WrongValueError."""
    try:
        return engine_with(settings, symbol, overrides)
    except ValidationError as error:
        raise WrongValueError(explain(error)) from None
