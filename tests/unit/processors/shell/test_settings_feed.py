"""Changes of settings that contradict what already holds are refused; the last good one stays."""

from __future__ import annotations

from typing import Final

import pytest
from pydantic import ValidationError

from processors.shell.settings_feed import ChangedSettings
from schemas.control import SettingsChange
from schemas.settings import Settings
from schemas.settings.change import EVERY_SYMBOL

VENUE: Final = "v"
SHIFTED: Final = {"low_fill": 0.18, "short_life": 0.23}
"""Adds up to 1 with the default of the other weights; no longer with the default `low_fill`."""
DEFAULT: Final = {"low_fill": 0.38}


def change(symbol: str) -> SettingsChange:
    weights = SHIFTED if symbol == EVERY_SYMBOL else DEFAULT
    return SettingsChange(
        venue=VENUE,
        symbol=symbol,
        overrides={"classify": {"spoof_weights": weights}},
        effective_from=1,
        issued_us=1,
    )


@pytest.mark.parametrize(("first", "second"), [(EVERY_SYMBOL, "AAA"), ("AAA", EVERY_SYMBOL)])
def test_changes_that_hold_only_apart_are_refused_together(first: str, second: str) -> None:
    changed = ChangedSettings(Settings())
    changed.note(change(first))
    before = changed.of(VENUE, "AAA")
    with pytest.raises(ValidationError, match="the weights add up to"):
        changed.note(change(second))
    assert changed.of(VENUE, "AAA") == before


def test_a_change_for_all_is_refused_where_the_configuration_of_one_forbids_it() -> None:
    configured = Settings(
        symbols={"AAA": {"classify": {"spoof_weights": {"approach": 0.85, "low_fill": 0.0}}}}
    )
    changed = ChangedSettings(configured)
    raised = change(EVERY_SYMBOL).model_copy(
        update={"overrides": {"classify": {"spoof_weights": {"low_fill": 0.3}}}}
    )
    with pytest.raises(ValidationError, match="the weights add up to"):
        changed.note(raised)
    assert changed.of(VENUE, "AAA") is None
