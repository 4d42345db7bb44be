"""A short soak; `make soak` runs the same for an hour, SOAK_MINUTES=3 pytest -m soak for three."""

import os
from pathlib import Path

import pytest

from tests.soak.driver import soak
from tests.soak.memory import GROWTH_MB, HONEST_MALLOC

DEFAULT_MINUTES = 1.25


@pytest.mark.soak
@pytest.mark.timeout(900)
async def test_ingest_outlives_random_faults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in HONEST_MALLOC.items():
        monkeypatch.setenv(name, value)
    minutes = float(os.environ.get("SOAK_MINUTES", DEFAULT_MINUTES))
    result = await soak(tmp_path, minutes * 60, seed=1, say=print)
    assert result.unexpected == []
    assert result.rounds > 4 * minutes
    assert {name: mb for name, mb in result.growth_mb.items() if mb >= GROWTH_MB} == {}
