"""What the settings API needs of the outside, and the rules of a change."""

from __future__ import annotations

import time
from typing import Any, Final, Protocol

from pydantic import ValidationError

from schemas.control import SettingsChange
from schemas.settings import EngineSettings, Settings, explain, merged

EVERY_SYMBOL: Final = "*"
ENGINE: Final = "engine"
DELAY_MS: Final = 5_000
"""A change holds from this long after now, so that every worker takes the step at one place."""


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


def engine_settings(settings: Settings, symbol: str, overrides: dict[str, Any]) -> EngineSettings:
    """Return the engine settings of a symbol with overrides. Raises WrongValueError."""
    try:
        return EngineSettings.model_validate(
            merged(settings.engine_for(symbol).model_dump(), overrides)
        )
    except ValidationError as error:
        raise WrongValueError(explain(error)) from None


def change(
    settings: Settings, symbol: str, overrides: dict[str, Any], at_ms: int | None
) -> SettingsChange:
    """Return the change that says `overrides`, from `at_ms` (event time) or soon on."""
    now_us = time.time_ns() // 1_000
    return SettingsChange(
        venue=settings.ingest.venue,
        symbol=symbol,
        overrides=overrides,
        effective_from=now_us // 1_000 + DELAY_MS if at_ms is None else at_ms,
        issued_us=now_us,
    )
