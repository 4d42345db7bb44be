"""Names and messages that would be markup, a formula, a path or a header: shown as they are."""

import asyncio
import csv
import io
from typing import Any
from urllib.parse import quote

import pytest
from aiohttp import ClientSession
from selenium.webdriver import Chrome

from schemas.settings import ClickHouseSettings
from schemas.signals import ActionSignal, Alert, BookMetrics, FlowBar
from tests.integration.dashboards.web.test_page import seen, served, writing
from tests.support.markets.records import START_MS, order, signal
from tests.support.servers.clickhouse_server import free_port, unique_database

MARKUP = "<IMG SRC=X ONERROR=WINDOW.HIT=1>"
FORMULA = '=HYPERLINK("HTTP://X")\r\nX-HIT: 1'
PAGES = ("/", "/flow", "/smart-money", "/alerts", "/markets")


def rows_of(symbol: str) -> list[Any]:
    prices: dict[str, Any] = dict.fromkeys(("open", "high", "low", "close"), 60_000.0)
    return [
        signal(BookMetrics, symbol=symbol),
        signal(FlowBar, symbol=symbol, event_time=START_MS - 1_000, interval_ms=1_000, **prices),
        signal(ActionSignal, symbol=symbol),
        signal(Alert, symbol=symbol, message=f"{symbol} said {MARKUP.lower()}"),
        order(f"wall-{len(symbol)}", symbol=symbol),
    ]


@pytest.mark.browser
async def test_markup_in_a_name_or_a_message_is_text_on_every_page(
    chdb_url: str, browser: Chrome
) -> None:
    store = ClickHouseSettings(url=chdb_url, database=unique_database())
    port = free_port()
    async with writing(store) as write, served(store, port):
        await write(rows_of(MARKUP))
        for page in (*PAGES, f"/large-orders/{quote(MARKUP, safe='')}"):
            await asyncio.to_thread(browser.get, f"http://127.0.0.1:{port}{page}")
            if page == "/" or page.startswith("/large-orders"):
                await seen(browser, "document.body.innerText.includes('ONERROR')", True)
            await asyncio.sleep(0.5)
            assert browser.execute_script("return window.HIT ?? window.hit ?? null") is None, page
            images = "[...document.images].filter(one => /x$/i.test(one.src)).length"
            assert browser.execute_script(f"return {images}") == 0, page


async def test_a_formula_for_a_name_is_text_in_the_file_and_nothing_in_its_header(
    chdb_url: str,
) -> None:
    store = ClickHouseSettings(url=chdb_url, database=unique_database())
    port = free_port()
    async with writing(store) as write, served(store, port), ClientSession() as client:
        await write(rows_of(FORMULA))
        url = f"http://127.0.0.1:{port}/api/v1/large-orders/export.csv"
        query = {"symbol": FORMULA, "from_ms": str(START_MS - 60_000)}
        async with client.get(url, params=query) as answer:
            text = await answer.text()
            assert answer.status == 200, text
            told = answer.headers["Content-Disposition"]
            assert "X-HIT" not in answer.headers
    assert told.startswith('attachment; filename="large-orders-_HYPERLINK_')
    assert told.count('"') == 2
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert row["symbol"] == f"'{FORMULA}"
