"""A full disk under the store delays rows and loses none; it is told while it lasts."""

import asyncio
from pathlib import Path
from typing import Final

import pytest

from processors.sink.sink import ClickHouseSink
from schemas.settings import ClickHouseSettings, Settings
from tests.integration.schemas.clickhouse.sink_harness import (
    DEADLINE_S,
    TOPIC,
    feed_orders,
    until,
)
from tests.support.processing.sink import unexpected
from tests.support.servers.availability import unavailable
from tests.support.servers.clickhouse_server import ServerUnavailableError, running_server
from tests.support.servers.small_disk import fill, small_disk

pytestmark = pytest.mark.clickhouse

ROWS: Final = 50


async def test_a_full_disk_delays_rows_and_drops_none(tmp_path: Path) -> None:
    try:
        with small_disk(tmp_path / "disk") as disk, running_server(disk) as url:
            await _filled_and_freed(url, disk / "ballast")
    except ServerUnavailableError as error:
        unavailable(str(error))


async def _filled_and_freed(url: str, ballast: Path) -> None:
    sink = ClickHouseSink(Settings(clickhouse=ClickHouseSettings(url=url)), unexpected)
    await sink.start()
    await feed_orders(sink, range(ROWS))
    await sink.flush()
    fill(ballast)
    await feed_orders(sink, range(ROWS, 2 * ROWS))
    flush = asyncio.create_task(sink.flush())
    await until(lambda: sink.stats.retries >= 2)
    assert sink.stats.last_error == (
        f"ClickHouse at {url} has no room on its disk: free some, or keep rows for a shorter time "
        "(clickhouse.keep_days)"
    )
    assert not flush.done()
    await asyncio.to_thread(ballast.unlink)
    await asyncio.wait_for(flush, DEADLINE_S)
    assert sink.stats.last_error is None
    assert sink.stats.dead_letters == 0
    assert (await sink.row_counts())["large_order_events"] == 2 * ROWS
    assert await sink.offsets() == {(TOPIC, 0): 2 * ROWS}
    await sink.stop()
