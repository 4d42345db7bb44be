"""What several tests of the sink need."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

from processors.sink.sink import ClickHouseSink
from tests.support.markets.records import RECEIVED_US, as_bytes, order

DEADLINE_S: Final = 90.0
TOPIC: Final = "signals.large_orders"


async def until(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds."""
    deadline_s = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline_s, "the condition did not come true in time"
        await asyncio.sleep(0.01)


async def feed_orders(sink: ClickHouseSink, offsets: range) -> None:
    """Add an order of its own at each offset."""
    for offset in offsets:
        await sink.add(TOPIC, 0, offset, as_bytes(order(f"o{offset}")), RECEIVED_US)
