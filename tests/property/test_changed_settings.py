"""Every setting of the engine can be changed under a state that others led to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from enum import Enum
from random import Random
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from processors.engine.engine import MarketEngine
from schemas.market import MarketRecord
from schemas.settings import EngineSettings
from tests.support.markets.market import SYMBOL, VENUE, random_log

AS_SHIPPED = EngineSettings()
Log = list[tuple[MarketRecord, int]]


def leaves(model: BaseModel, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every single setting with its value."""
    for name in type(model).model_fields:
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            yield from leaves(value, (*path, name))
        else:
            yield (*path, name), value


def others(value: Any) -> list[Any]:
    """Return what a setting may be instead; some of it may be refused."""
    match value:
        case bool():
            return [not value]
        case Enum():
            return [one for one in type(value) if one is not value]
        case int() | float():
            return [value * 2, value / 2 if isinstance(value, float) else value // 2, value + 1, 0]
        case tuple() if value:
            last = value[-1] * 2 if isinstance(value[-1], int | float) else value[-1]
            return [(*value, last), value[:-1], value[1:]]
        case None:
            return [1_000, 5.0]
    return []


def changes() -> dict[str, list[EngineSettings]]:
    """Return, by the name of each setting, settings that differ in it alone."""
    found: dict[str, list[EngineSettings]] = {}
    for path, value in leaves(AS_SHIPPED):
        changed = found.setdefault(".".join(path), [])
        for other in others(value):
            document: Any = other
            for name in reversed(path):
                document = {name: document}
            if changed and not isinstance(value, tuple):
                break
            with suppress(ValidationError):
                changed.append(EngineSettings.model_validate(document))
    return found


CHANGES = changes()


@pytest.fixture(scope="module")
def log() -> Log:
    """A market with large orders, trades and polls."""
    return random_log(5).interleaved(Random(5))


@pytest.fixture(scope="module")
def state(log: Log) -> bytes:
    """The state in its middle."""
    engine = MarketEngine(VENUE, SYMBOL, AS_SHIPPED)
    for record, offset in log[: len(log) // 2]:
        engine.apply(record, offset)
    return engine.dump()


def go_on(engine: MarketEngine, log: Log) -> None:
    """Apply what is left; what was applied before is passed over."""
    for record, offset in log:
        engine.apply(record, offset)


def test_nearly_every_setting_has_another_value() -> None:
    same = {name for name, changed in CHANGES.items() if not changed}
    # A model is a document of its own, and has tests of its own.
    assert same == {"fate.model"}


@pytest.mark.parametrize("name", sorted(CHANGES))
def test_a_setting_can_be_changed_live_over_a_restart_and_back(
    name: str, log: Log, state: bytes
) -> None:
    for changed in CHANGES[name]:
        live = MarketEngine.load(state, AS_SHIPPED)
        live.change_settings(changed, 0)
        go_on(live, log)
        restarted = MarketEngine.load(state, changed)
        go_on(restarted, log)
        back = MarketEngine.load(restarted.dump(), AS_SHIPPED)
        go_on(back, log)
