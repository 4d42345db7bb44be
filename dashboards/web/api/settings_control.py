"""What the settings API needs of the outside."""

from __future__ import annotations

from typing import Any, Final, Protocol

from pydantic import ValidationError

from schemas.control import SettingsChange
from schemas.settings import EngineSettings, Settings, explain
from schemas.settings.change import engine_with

ENGINE: Final = "engine"


class ControlUnavailableError(Exception):
    """The topic of changes cannot be read or written."""


class SettingsControl(Protocol):
    """Where changes of engine settings are kept and said."""

    async def overrides(self, venue: str, symbol: str) -> dict[str, Any]:
        """Return what was changed for a symbol so far. Raises ControlUnavailableError."""

    async def publish(self, change: SettingsChange) -> None:
        """Say a change; it replaces the one before. Raises ControlUnavailableError."""


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
