"""A sink into a store of the tests that fails where it would put a record aside."""

from processors.sink.sink import ClickHouseSink
from schemas.control import DeadLetter
from schemas.settings import ClickHouseSettings, Settings


async def unexpected(letter: DeadLetter) -> None:
    """Fail: nothing is put aside in this test."""
    raise AssertionError(letter)


async def started_sink(store: ClickHouseSettings) -> ClickHouseSink:
    """Return a sink of a store whose schema is up to date."""
    sink = ClickHouseSink(Settings(clickhouse=store), unexpected)
    await sink.start()
    return sink
