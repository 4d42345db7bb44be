"""Asking the workers of a cluster how they are."""

from __future__ import annotations

import pytest

from compose.errors import UsageError
from compose.stack.pipeline_reports import WorkerReports
from schemas.status import PipelineStatus


async def test_nobody_answers() -> None:
    assert await WorkerReports("127.0.0.1:9").read() == PipelineStatus()


@pytest.mark.parametrize("address", ["worker", ":8080", "worker:0", "worker:x"])
def test_a_wrong_address(address: str) -> None:
    with pytest.raises(UsageError, match="expected HOST:PORT"):
        WorkerReports(address)
