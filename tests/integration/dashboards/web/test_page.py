"""The page in a real browser: it fills, follows, and finds the server again."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from selenium.webdriver import Chrome

from dashboards.web.app import create_app
from schemas.market import FeedStatus
from schemas.settings import ClickHouseSettings, Settings
from schemas.signals import ActionSignal, BookMetrics, FlowBar, Signal
from schemas.status import Latency, Memory, PipelineStatus
from schemas.topics import STATUS, TOPIC_OF_SIGNAL
from tests.support.markets.records import RECEIVED_US, START_MS, as_bytes, order, signal
from tests.support.processing.sink import started_sink
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
) -> AsyncIterator[Callable[[Sequence[Signal | FeedStatus]], Any]]:
    """Yield a function that stores records."""

    sink = await started_sink(store)
    offsets: dict[str, int] = {}

    async def write(records: Sequence[Signal | FeedStatus]) -> None:
        for record in records:
            topic = (
                STATUS if isinstance(record, FeedStatus) else TOPIC_OF_SIGNAL[type(record)]
            ).name
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


async def test_what_stands_has_its_forecast_and_suggestion_beside_it(
    chdb_url: str, browser: Chrome
) -> None:
    store = ClickHouseSettings(url=chdb_url, database=unique_database())
    port = free_port()
    told = {"fate_model_version": "abc", "p_filled_10s": 0.031, "p_pulled_60s": 0.4}
    leaning = {
        "suggestion": "Not advice. Leaning on this bid: <b>buy</b>.",
        "suggested_entry": 60_000.6,
        "suggested_invalidation": 59_990.0,
        "suggested_qty": 1.402,
        "suggested_loss_usd": 99.98,
        "max_loss_usd": 100.0,
    }
    table = "document.querySelector('.beside')"
    heads = f"[...{table}.querySelectorAll('th')].map(head => head.textContent)"
    rows = f"[...{table}.querySelectorAll('tbody tr')].map(row => row.innerText.split('\\t'))"
    async with writing(store) as write, served(store, port):
        await write([signal(BookMetrics), order("wall", classification="DEFENSIVE_BUY")])
        await asyncio.to_thread(browser.get, f"http://127.0.0.1:{port}/large-orders")
        await seen(browser, ROWS, [["wall", "open", "DEFENSIVE_BUY"]])
        assert browser.execute_script(f"return {table}.hidden")
        await write(
            [
                signal(BookMetrics, event_time=START_MS + 1),
                order("wall", 1, classification="DEFENSIVE_BUY", **told),
            ]
        )
        first = ["Side", "Price", "Classification", "Value", "Filled in 10 s", "Pulled in 60 s"]
        await seen(browser, heads, first)
        (row,) = browser.execute_script(f"return {rows}")
        assert row[4:] == ["3 %", "40 %"]
        await write(
            [
                signal(BookMetrics, event_time=START_MS + 2),
                order("wall", 2, classification="DEFENSIVE_BUY", **told, **leaning),
            ]
        )
        more = ["Entry", "Invalidation", "Quantity", "Loss there", "Amount", "In words"]
        await seen(browser, heads, [*first, *more])
        (row,) = browser.execute_script(f"return {rows}")
        assert row[6:9] == ["60,000.6", "59,990.0", "1.402"]
        assert row[-1] == leaning["suggestion"]


async def test_what_is_nearest_to_a_wall_comes_first_where_that_is_asked_for(
    chdb_url: str, browser: Chrome
) -> None:
    store = ClickHouseSettings(url=chdb_url, database=unique_database())
    port = free_port()
    sections = "[...document.querySelectorAll('section.symbol')].map(one => one.dataset.symbol)"
    walls = {"AAAUSDT": 50_000.0, "BBBUSDT": 60_000.0}
    async with writing(store) as write:
        await write([order(name, symbol=name, price=price) for name, price in walls.items()])

        async def go_on(to_ms: int) -> None:
            await write([signal(BookMetrics, symbol=name, event_time=to_ms) for name in walls])

        await go_on(START_MS)
        async with served(store, port):
            await asyncio.to_thread(browser.get, f"http://127.0.0.1:{port}/")
            await seen(browser, sections, ["AAAUSDT", "BBBUSDT"])
            browser.execute_script(
                "const sort = document.querySelector('[name=sort]'); sort.value = 'wall';"
                "sort.dispatchEvent(new Event('change', { bubbles: true }));"
            )
            assert browser.execute_script("return location.search") == "?sort=wall"
            for step in range(1, round(DEADLINE_S)):
                # Only a symbol that is live has a price that a wall can be near to.
                await go_on(START_MS + step)
                await asyncio.sleep(1)
                if browser.execute_script(f"return {sections}") == ["BBBUSDT", "AAAUSDT"]:
                    return
    raise AssertionError("the sections stayed by name")
