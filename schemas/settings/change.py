"""A change of engine settings at run time: who says it and who follows it agree here."""

from typing import Any, Final

from schemas.clock import wall_us
from schemas.control import SettingsChange
from schemas.settings import EngineSettings, Settings

EVERY_SYMBOL: Final = "*"
DELAY_MS: Final = 5_000
"""A change holds from this long after now, so that every worker takes the step at one place."""


def engine_with(settings: Settings, symbol: str, *overrides: dict[str, Any]) -> EngineSettings:
    """Return the engine settings of a symbol with overrides laid over them, the later ones on top.

    Raises pydantic.ValidationError if a value is not allowed.
    """
    return settings.engine_for(symbol, *overrides)


def change_of(
    settings: Settings,
    symbol: str,
    overrides: dict[str, Any],
    at_ms: int | None,
    delay_ms: int = DELAY_MS,
) -> SettingsChange:
    """Return the change that says `overrides`, from `at_ms` (event time) or `delay_ms` from now."""
    now_us = wall_us()
    return SettingsChange(
        venue=settings.ingest.venue,
        symbol=symbol,
        overrides=overrides,
        effective_from=now_us // 1_000 + delay_ms if at_ms is None else at_ms,
        issued_us=now_us,
    )
