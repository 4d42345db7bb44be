"""Workers that come, go, are killed and come back from the dead, under load."""

import asyncio
from pathlib import Path

import pytest

from schemas.settings import ClickHouseSettings
from tests.integration.fire.scene import Logs, scene
from tests.integration.processors.worker_harness import in_parts

PART_S = 3.0
FROZEN_S = 20.0
"""Well beyond the session timeout: the group has long given the partitions to others."""

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse]


async def test_one_two_three_two_three_workers(
    kafka: str, server_store: ClickHouseSettings, tmp_path: Path, logs: Logs
) -> None:
    async with scene(kafka, server_store, tmp_path) as stage:
        parts = iter(in_parts(logs, 6))
        one = await stage.start("one")
        await stage.sent(next(parts), PART_S, one.until_signals())
        await stage.sent(next(parts), PART_S, stage.start("two"))
        await stage.sent(next(parts), PART_S, stage.start("three"))
        await stage.until_shared("one", "two", "three")
        await stage.sent(next(parts), PART_S, asyncio.sleep(PART_S / 2), one.kill())
        await stage.until_shared("two", "three")
        await stage.sent(next(parts), PART_S, stage.workers["two"].stop(), stage.start("one"))
        await stage.sent(next(parts), PART_S, stage.start("two"))
        status = await stage.settled()
        assert status.counters.faults == {}
        assert status.counters.lost_records == 0
        assert await stage.dead_letters() == []
        await stage.assert_as_undisturbed(logs)
        await stage.end()


async def test_a_worker_that_comes_back_from_the_dead(
    kafka: str, server_store: ClickHouseSettings, tmp_path: Path, logs: Logs
) -> None:
    async with scene(kafka, server_store, tmp_path) as stage:
        first, meanwhile, last = in_parts(logs, 3)
        one = await stage.start("one")
        await stage.start("two")
        await stage.until_shared("one", "two")
        await stage.sent(first, PART_S, asyncio.sleep(PART_S / 2))
        one.freeze()
        await stage.sent(meanwhile, FROZEN_S, stage.until_shared("two"))
        one.thaw()
        await stage.sent(last, PART_S)
        status = await stage.settled()
        assert status.counters.faults == {}
        assert status.counters.lost_records == 0
        assert await stage.dead_letters() == []
        await stage.assert_as_undisturbed(logs)
        await stage.end()
