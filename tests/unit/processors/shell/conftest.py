"""A market shell of engines that wait, with what it does recorded."""

from __future__ import annotations

from typing import cast

import pytest

from processors.shell.emitter import Emitter
from processors.shell.market import MarketShell
from processors.shell.metrics import ShellMetrics
from tests.support.processing.waiting_shell import (
    DEPTH_0,
    TRADES_0,
    Engines,
    Surroundings,
)


@pytest.fixture
def around() -> Surroundings:
    return Surroundings()


@pytest.fixture
def metrics() -> ShellMetrics:
    return ShellMetrics()


@pytest.fixture
async def shell(around: Surroundings, metrics: ShellMetrics) -> MarketShell:
    made = MarketShell(
        Engines(),
        around,
        cast("Emitter", around),
        metrics,
        lambda: around,
        max_ahead=3,
        max_symbols=4,
    )
    assert await made.resume(frozenset({DEPTH_0, TRADES_0})) == {DEPTH_0: 0, TRADES_0: 0}
    return made
