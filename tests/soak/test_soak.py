"""Three minutes of random faults; `make soak` runs the same for an hour."""

import os
from pathlib import Path

import pytest

from tests.soak.driver import soak
from tests.soak.memory import HONEST_MALLOC

DEFAULT_MINUTES = 3.0
KINDS_AT_LEAST = 3
"""Kinds of faults; the warm-up alone has two."""


@pytest.mark.soak
@pytest.mark.timeout(1_200)
async def test_ingest_outlives_random_faults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in HONEST_MALLOC.items():
        monkeypatch.setenv(name, value)
    minutes = float(os.environ.get("SOAK_MINUTES", DEFAULT_MINUTES))
    result = await soak(tmp_path, minutes * 60, seed=1, say=print)
    assert result.faulty() == []
    assert set(result.growth_mb) == {"exchange", "ingest"}
    assert len(result.faults) >= KINDS_AT_LEAST
