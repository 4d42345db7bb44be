"""No setting takes a number that JSON cannot hold, whichever way it comes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from schemas.settings import Settings, SettingsError, load_settings

NOT_FINITE = ("inf", "-inf", "nan", "Infinity", "1e400", "-1e999", "1" * 400)
TOML_NOT_FINITE = ("inf", "-inf", "nan", "1e400", "9" * 30)


def numbers(section: BaseModel, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the path of every number, those that may be None included."""
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        if isinstance(value, BaseModel):
            yield from numbers(value, (*path, name))
        elif field.annotation in (int, float, int | None, float | None):
            yield (*path, name)


PATHS = tuple(numbers(Settings()))


def nested(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    for part in reversed(path):
        value = {part: value}
    return dict(value)


def test_there_are_numbers_to_try() -> None:
    assert len(PATHS) > 100
    assert ("engine", "threshold", "floor_usd") in PATHS


@pytest.mark.parametrize("path", PATHS, ids=".".join)
def test_a_number_is_finite(path: tuple[str, ...]) -> None:
    for value in (*NOT_FINITE, float("inf"), float("nan"), 10**400):
        with pytest.raises(SettingsError, match=path[-1]):
            load_settings(flags=nested(path, value))


@pytest.mark.parametrize("path", PATHS, ids=".".join)
def test_a_number_is_no_flag(path: tuple[str, ...]) -> None:
    for value in (True, False):
        with pytest.raises(SettingsError, match=path[-1]):
            load_settings(flags=nested(path, value))


@pytest.mark.parametrize("value", NOT_FINITE)
def test_an_environment_variable_is_finite(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WALLWATCH_ENGINE__THRESHOLD__FLOOR_USD", value)
    with pytest.raises(SettingsError, match=r"engine\.threshold\.floor_usd"):
        load_settings()


@pytest.mark.parametrize("value", TOML_NOT_FINITE)
@pytest.mark.parametrize("table", ["engine.lifecycle", "symbols.BTCUSDT.lifecycle"])
def test_a_file_is_finite(table: str, value: str, tmp_path: Path) -> None:
    config = tmp_path / "wallwatch.toml"
    config.write_text(f"[{table}]\npersistent_ms = {value}\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"lifecycle\.persistent_ms"):
        load_settings(config)


def test_a_whole_number_without_a_limit_of_its_own_is_one_that_json_keeps() -> None:
    path = ("kafka", "retention_bytes")
    assert load_settings(flags=nested(path, 2**53)).kafka.retention_bytes == 2**53
    with pytest.raises(SettingsError, match=r"whole numbers go from"):
        load_settings(flags=nested(path, 2**53 + 1))


def test_a_list_is_finite() -> None:
    for value in ("inf", "nan", float("inf")):
        with pytest.raises(SettingsError, match="distances_bps"):
            load_settings(flags=nested(("engine", "threshold", "distances_bps"), [1.0, value]))


def test_the_defaults_are_json() -> None:
    json.dumps(Settings().model_dump(mode="json"), allow_nan=False)
