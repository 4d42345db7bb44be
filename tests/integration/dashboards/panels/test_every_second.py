"""Charts of a market at rest show every second, although most have no row of their own."""

from __future__ import annotations

import pytest

from dashboards.panels.macros import TimeRange, expand
from dashboards.panels.scope import every_second
from schemas.clickhouse.connect import connect
from schemas.settings import ClickHouseSettings
from schemas.signals import BookMetrics
from schemas.signals.repeat import BOOK_REPEAT_MS
from tests.support.markets.records import RECEIVED_US, START_MS, as_bytes, signal
from tests.support.processing.sink import started_sink

pytestmark = pytest.mark.clickhouse

TOLD = {0: 100.0, 3: 103.0, 4: 104.0, 40: 140.0}
"""Mids by the second in which they were told."""


async def test_a_row_stands_for_the_seconds_up_to_the_next_one(store: ClickHouseSettings) -> None:
    sink = await started_sink(store)
    for offset, (second, mid) in enumerate(TOLD.items()):
        told = signal(BookMetrics, event_time=START_MS + 1_000 * second, mid=mid)
        await sink.add("signals.book", 0, offset, as_bytes(told), RECEIVED_US)
    await sink.flush()
    await sink.stop()
    client = connect(store)
    asked = TimeRange(START_MS + 1_000, START_MS + 60_000, 1_000)
    chosen = {"venue": "binance_usdm", "symbol": ["BTCUSDT"]}
    sql = f"SELECT event_time, mid FROM {every_second('mid')} ORDER BY event_time"
    rows = client.query(expand(sql, asked, chosen)).result_rows
    client.close()
    held = range(4, 4 + BOOK_REPEAT_MS // 1_000)
    expected = {1: 100.0, 2: 100.0, 3: 103.0, **dict.fromkeys(held, 104.0), 40: 140.0}
    assert {(time - START_MS) // 1_000: mid for time, mid in rows} == expected
    assert len(rows) == len(expected)
