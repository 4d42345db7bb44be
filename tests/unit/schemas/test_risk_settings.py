"""What may be lost with a suggestion: a number of USD, or off."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.settings import SettingsError, load_settings


def max_loss(value: Any) -> float | None:
    flags = {"engine": {"risk": {"max_loss_usd": value}}}
    return load_settings(flags=flags).engine.risk.max_loss_usd


def test_there_are_no_suggestions_by_default() -> None:
    assert load_settings().engine.risk.max_loss_usd is None


@pytest.mark.parametrize("value", [None, "off", " OFF "])
def test_it_can_be_switched_off_where_there_is_no_null(value: str | None) -> None:
    assert max_loss(value) is None


@pytest.mark.parametrize(("value", "usd"), [(100, 100.0), ("0.5", 0.5)])
def test_a_number_of_usd_switches_it_on(value: Any, usd: float) -> None:
    assert max_loss(value) == usd


@pytest.mark.parametrize("value", [0, -1, True, False, "none", "", 1e13, [1]])
def test_anything_else_is_refused_by_its_name(value: Any) -> None:
    with pytest.raises(SettingsError, match=r"risk\.max_loss_usd"):
        max_loss(value)
