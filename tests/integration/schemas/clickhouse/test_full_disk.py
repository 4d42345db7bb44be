"""A full disk under the store delays rows and loses none; it is told while it lasts."""

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from processors.sink.sink import ClickHouseSink
from schemas.settings import ClickHouseSettings, Settings
from tests.integration.schemas.clickhouse.sink_harness import (
    DEADLINE_S,
    TOPIC,
    feed_orders,
    unexpected,
    until,
)
from tests.support.servers.availability import unavailable
from tests.support.servers.clickhouse_server import ServerUnavailableError, running_server

pytestmark = pytest.mark.clickhouse

DISK_MB: Final = 64
BLOCK: Final = b"0" * 4_096
ROWS: Final = 50


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(folder)],
        check=False,
        capture_output=True,
        text=True,
    )
    if made.returncode:
        unavailable(f"a file system cannot be mounted: {made.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


async def test_a_full_disk_delays_rows_and_drops_none(small_disk: Path) -> None:
    try:
        with running_server(small_disk) as url:
            await _filled_and_freed(url, small_disk / "ballast")
    except ServerUnavailableError as error:
        unavailable(str(error))


async def _filled_and_freed(url: str, ballast: Path) -> None:
    sink = ClickHouseSink(Settings(clickhouse=ClickHouseSettings(url=url)), unexpected)
    await sink.start()
    await feed_orders(sink, range(ROWS))
    await sink.flush()
    _fill(ballast)
    await feed_orders(sink, range(ROWS, 2 * ROWS))
    flush = asyncio.create_task(sink.flush())
    await until(lambda: sink.stats.retries >= 2)
    assert sink.stats.last_error == (
        f"ClickHouse at {url} has no room on its disk: free some, or keep rows for a shorter time "
        "(clickhouse.keep_days)"
    )
    assert not flush.done()
    _free(ballast)
    await asyncio.wait_for(flush, DEADLINE_S)
    assert sink.stats.last_error is None
    assert sink.stats.dead_letters == 0
    assert (await sink.row_counts())["large_order_events"] == 2 * ROWS
    assert await sink.offsets() == {(TOPIC, 0): 2 * ROWS}
    await sink.stop()


def _fill(ballast: Path) -> None:
    with pytest.raises(OSError, match="No space left"):
        _write_on(ballast)


def _write_on(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        while True:
            file.write(BLOCK)


def _free(ballast: Path) -> None:
    ballast.unlink()
