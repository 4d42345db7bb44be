"""The page in a real browser: it fills, follows, and finds the server again."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from selenium.webdriver import Chrome

from dashboards.web.app import create_app
from processors.sink.sink import ClickHouseSink
from schemas.control import DeadLetter
from schemas.record import Record
from schemas.settings import ClickHouseSettings, Settings
from schemas.signals import ActionSignal, BookMetrics, FlowBar
from schemas.status import Latency, Memory, PipelineStatus
from tests.support.markets.records import RECEIVED_US, START_MS, as_bytes, order, signal
from tests.support.servers.clickhouse_server import free_port, unique_database

pytestmark = pytest.mark.browser

DEADLINE_S = 30.0


@asynccontextmanager
async def served(store: ClickHouseSettings, port: int) -> AsyncIterator[None]:
    async def pipeline_status() -> PipelineStatus:
        return PipelineStatus(
            lag=3, latency_ms=Latency(p50=4.0, p99=31.0), rss_mb=Memory(total=612.4)
        )

    runner = web.AppRunner(create_app(Settings(clickhouse=store), pipeline_status))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield
    finally:
        await runner.cleanup()


@asynccontextmanager
async def writing(
    store: ClickHouseSettings,
) -> AsyncIterator[Callable[[list[Record]], Any]]:
    """Yield a function that stores records."""

    async def unexpected(letter: DeadLetter) -> None:
        raise AssertionError(letter)

    sink = ClickHouseSink(Settings(clickhouse=store), unexpected)
    await sink.start()
    topics = {FlowBar: "signals.flow", BookMetrics: "signals.book", ActionSignal: "signals.actions"}
    offsets: dict[str, int] = {}

    async def write(records: list[Record]) -> None:
        for record in records:
            topic = topics.get(type(record), "signals.large_orders")
            offset = offsets[topic] = offsets.get(topic, -1) + 1
            await sink.add(topic, 0, offset, as_bytes(record), RECEIVED_US)
        await sink.flush()

    try:
        yield write
    finally:
        await sink.stop()


async def seen(browser: Chrome, script: str, expected: object) -> None:
    """Wait until `script` returns `expected` in the page."""
    deadline = time.monotonic() + DEADLINE_S
    found: object = None
    while time.monotonic() < deadline:
        found = await asyncio.to_thread(browser.execute_script, f"return {script}")
        if found == expected:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{script}: {found!r}, expected {expected!r}")


ROWS = (
    "[...document.querySelectorAll('section[data-symbol=BTCUSDT] tr[data-classification]')]"
    ".map(row => [row.dataset.orderId, row.dataset.state, row.dataset.classification])"
)


async def test_the_page_follows_the_store(chdb_url: str, browser: Chrome) -> None:
    store = ClickHouseSettings(url=chdb_url, database=unique_database())
    port = free_port()
    async with writing(store) as write:
        now_ms = START_MS
        await write(
            [
                signal(BookMetrics, event_time=now_ms),
                signal(FlowBar, event_time=now_ms - 1_000, cvd_usd=-2.5e6, open_interest=81_000.5),
                signal(ActionSignal, event_time=now_ms, final_action="MARKDOWN"),
                order("wall", first_seen=now_ms - 75_000, impact_ratio=0.2),
            ]
        )
        async with served(store, port):
            await asyncio.to_thread(browser.get, f"http://127.0.0.1:{port}/")
            await seen(browser, ROWS, [["wall", "open", "UNKNOWN"]])
            feed = "document.querySelector('section[data-symbol=BTCUSDT]').dataset.feed"
            await seen(browser, feed, "stale")
            now_ms += 1
            await write([signal(BookMetrics, event_time=now_ms)])
            await seen(browser, feed, "live")
            text = browser.find_element("css selector", "section[data-symbol=BTCUSDT]").text
            for shown in ("MARKDOWN", "\u2212$2.5M", "81,000.5", "60,000.5", "$6.01M", "1 m 15 s"):
                assert shown in text
            row = browser.find_element("css selector", "tr[data-order-id=wall]")
            assert row.get_attribute("data-impact") == "low"
            assert browser.find_element("id", "connection").text == "live"
            footer = browser.find_element("id", "pipeline").text
            assert "612 MB" in footer
            assert "4.0 / 31 ms" in footer
            # A spoof that came and went between two looks is still seen.
            spoof: dict[str, Any] = {"state": "closed", "classification": "SPOOF", "is_spoof": True}
            close: dict[str, Any] = {"closed_at": now_ms + 2_900, "close_reason": "cancelled"}
            await write(
                [
                    signal(BookMetrics, event_time=now_ms + 3_000),
                    order("wall", 1, classification="DEFENSIVE_BUY", first_seen=now_ms - 75_000),
                    order("lure", first_seen=now_ms + 1_000, **spoof, **close),
                ]
            )
            expected = [["wall", "open", "DEFENSIVE_BUY"], ["lure", "closed", "SPOOF"]]
            await seen(browser, ROWS, expected)
            assert row.get_attribute("data-impact") == "high"
            spoofs = "document.querySelector('[data-field=spoof_count] dd').textContent"
            await seen(browser, spoofs, "1")
        await seen(browser, "document.getElementById('connection').textContent", "no connection")
        assert browser.execute_script(f"return {ROWS}") == expected
        await write([order("third", first_seen=now_ms, value_usd=1e9)])
        async with served(store, port):
            await seen(browser, ROWS, [["third", "open", "UNKNOWN"], *expected])
            await seen(browser, "document.getElementById('connection').textContent", "live")
    lines = browser.execute("getLog", {"type": "browser"})["value"]
    assert [line for line in lines if "Uncaught" in line["message"]] == []


async def test_the_detail_of_a_wall_ends_with_what_leaning_on_it_may_lose(
    chdb_url: str, browser: Chrome
) -> None:
    store = ClickHouseSettings(url=chdb_url, database=unique_database())
    port = free_port()
    suggestion = "Not advice. Leaning on this bid: buy 1.4 at 60000.6 <b>and</b> no more."
    wall = order("wall", classification="DEFENSIVE_BUY", suggestion=suggestion, suggested_qty=1.4)
    async with writing(store) as write, served(store, port):
        await write([signal(BookMetrics), wall])
        await asyncio.to_thread(browser.get, f"http://127.0.0.1:{port}/large-orders#order=wall")
        last = "document.querySelector('#order-words li:last-child')?.textContent"
        await seen(browser, f"{last}?.startsWith('Its impact ratio reached')", True)
        # Of a symbol that is not live nothing is suggested; now it moves.
        await write([signal(BookMetrics, event_time=START_MS + 1)])
        await seen(browser, last, suggestion)
