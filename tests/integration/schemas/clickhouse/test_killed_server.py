"""A ClickHouse server that is killed while batches are written holds every row once afterwards."""

import asyncio
from pathlib import Path
from typing import Final

import psutil
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
from tests.support.servers.clickhouse_server import (
    ServerUnavailableError,
    free_port,
    running_server,
)

pytestmark = pytest.mark.clickhouse

BATCH: Final = 10
BEFORE: Final = 15
"""Batches that are stored when the server is killed; as many are still to come."""


async def test_a_server_killed_in_the_midst_of_batches_has_every_row_once(tmp_path: Path) -> None:
    port = free_port()
    store = ClickHouseSettings(url=f"http://127.0.0.1:{port}", batch_rows=BATCH)
    sink = ClickHouseSink(Settings(clickhouse=store), unexpected)
    try:
        with running_server(tmp_path, port):
            await sink.start()
            writing = asyncio.create_task(_feed(sink, 2 * BEFORE * BATCH))
            await until(lambda: sink.stats.batches >= BEFORE)
            _kill(port)
            await until(lambda: sink.stats.retries >= 1)
            assert not writing.done()
        with running_server(tmp_path, port):
            await asyncio.wait_for(writing, DEADLINE_S)
            assert sink.stats.dead_letters == 0
            assert (await sink.row_counts())["large_order_events"] == 2 * BEFORE * BATCH
            assert await sink.offsets() == {(TOPIC, 0): 2 * BEFORE * BATCH}
            await sink.stop()
    except ServerUnavailableError as error:
        unavailable(str(error))


def _kill(port: int) -> None:
    """End the server on a port with SIGKILL."""
    (server,) = (child for child in psutil.Process().children() if str(port) in child.cmdline())
    server.kill()


async def _feed(sink: ClickHouseSink, count: int) -> None:
    await feed_orders(sink, range(count))
    await sink.flush()
