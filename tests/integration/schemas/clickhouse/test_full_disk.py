"""A full disk under the store delays rows and loses none; it is told while it lasts."""

import asyncio
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from processors.sink.sink import ClickHouseSink
from schemas.control import DeadLetter
from schemas.settings import ClickHouseSettings, Settings
from tests.support.markets.records import RECEIVED_US, as_bytes, order
from tests.support.servers.availability import unavailable
from tests.support.servers.clickhouse_server import ServerUnavailableError, running_server

pytestmark = pytest.mark.clickhouse

DISK_MB: Final = 64
BLOCK: Final = b"0" * 4_096
DEADLINE_S: Final = 60.0
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
    sink = ClickHouseSink(Settings(clickhouse=ClickHouseSettings(url=url)), _unexpected)
    await sink.start()
    await _feed(sink, 0)
    await sink.flush()
    _fill(ballast)
    await _feed(sink, ROWS)
    flush = asyncio.create_task(sink.flush())
    await _until(lambda: sink.stats.retries >= 2)
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
    assert await sink.offsets() == {("signals.large_orders", 0): 2 * ROWS}
    await sink.stop()


async def _feed(sink: ClickHouseSink, start: int) -> None:
    for offset in range(start, start + ROWS):
        record = as_bytes(order(f"o{offset}"))
        await sink.add("signals.large_orders", 0, offset, record, RECEIVED_US)


def _fill(ballast: Path) -> None:
    with pytest.raises(OSError, match="No space left"):
        _write_on(ballast)


def _write_on(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        while True:
            file.write(BLOCK)


def _free(ballast: Path) -> None:
    ballast.unlink()


async def _until(condition: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline_s
        await asyncio.sleep(0.05)


async def _unexpected(letter: DeadLetter) -> None:
    raise AssertionError(letter)
