"""The page Markets in a real browser: one ladder of two markets, and words where there is none."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from selenium.webdriver import ActionChains, Chrome
from selenium.webdriver.common.keys import Keys

from schemas.settings import ClickHouseSettings
from schemas.signals import (
    BookMetrics,
    CrossAction,
    CrossClock,
    CrossFinding,
    CrossSecond,
    Signal,
)
from tests.integration.dashboards.web.test_page import seen, served, writing
from tests.support.markets.records import START_MS, order, signal
from tests.support.servers.axe import serious_findings
from tests.support.servers.clickhouse_server import free_port, unique_database

pytestmark = pytest.mark.browser

SPOT: dict[str, Any] = {"venue": "binance_spot"}
LADDER = (
    "[...document.querySelectorAll('#ladder tbody tr')]"
    ".map(row => [row.dataset.side, row.dataset.markets ?? '', "
    "[...row.querySelectorAll('a')].map(link => link.textContent)])"
)
WORDS = "document.getElementById('coin-words').textContent"
PHONE = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}


def perp_wall() -> Signal:
    return order("perp", price=59_940.0, value_usd=6e6, event_time=START_MS)


def second_market() -> list[Signal]:
    """Spot stands 5 bps above the perpetual, and so do its walls."""
    told = {"mids": [60_030.0, 60_000.0], "basis_bps": [2.5, -2.5], "missing": [], "mid": 60_015.0}
    return [
        signal(BookMetrics, mid=60_030.0, event_id="spot book", **SPOT),
        order("spot", price=59_970.0, value_usd=2e6, **SPOT),
        order("alone", price=60_300.0, side="ask", value_usd=1e6, **SPOT),
        signal(CrossSecond, **told),
        signal(CrossAction),
        signal(CrossClock, market="binance_spot:BTCUSDT", event_id="c1", skew_ms=80.0,
               within_tolerance=False),
        signal(CrossClock, event_id="c2"),
        signal(CrossFinding, order_ids=["perp", "spot"], kind="wall", stage="opened"),
    ]  # fmt: skip


async def test_the_ladder_shows_the_walls_of_all_markets_and_one_market_says_so(
    chdb_url: str, browser: Chrome
) -> None:
    store = ClickHouseSettings(url=chdb_url, database=unique_database())
    port = free_port()
    root = f"http://127.0.0.1:{port}"
    async with writing(store) as write, served(store, port):
        await write([signal(BookMetrics), perp_wall()])
        await asyncio.to_thread(browser.get, f"{root}/markets")
        await seen(browser, f"{WORDS}.startsWith('one market of BTC runs')", True)
        assert browser.execute_script(f"return {LADDER}") == []

        await write(second_market())
        expected = [
            ["ask", "1", ["$1.0M"]],
            ["mid", "", []],
            ["bid", "2", ["$2.0M", "$6.0M"]],
        ]
        await seen(browser, LADDER, expected)
        # Neither market has moved since the page looked first.
        await seen(browser, f"{WORDS}.startsWith('no market of BTC is live')", True)
        said = browser.find_element("id", "venues").text
        for shown in ("objects", "agrees", "+80.0 ms", "+2.50 bps", "not live"):
            assert shown in said
        assert browser.find_element("css selector", "#figures [data-field=skew] dd").text == (
            "80.0 of 50 ms"
        )
        event = browser.find_element("css selector", "#events tbody tr")
        assert event.get_attribute("data-kind") == "wall"
        links = [one.get_attribute("href") for one in event.find_elements("css selector", "a")]
        assert links[1:] == [f"{root}/large-orders#order={name}" for name in ("perp", "spot")]
        assert await asyncio.to_thread(serious_findings, browser) == []

        # By keyboard: from the only ask down to the nearest wall below, and into it.
        browser.execute_script("document.querySelector('#ladder td a').focus()")
        keys = ActionChains(browser).send_keys(Keys.ARROW_DOWN, Keys.ARROW_RIGHT, Keys.ENTER)
        await asyncio.to_thread(keys.perform)
        await seen(browser, "location.pathname + location.hash", "/large-orders#order=perp")

        # An address leads to one finding, also on a phone, where nothing is wider than it.
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE)
        path = "/markets?coin=BTC&minutes=5#finding=all%3ABTC%3Amoved%3Ao1%3Eo2"
        await asyncio.to_thread(browser.get, root + path)
        await seen(browser, "document.activeElement?.dataset?.kind", "wall")
        assert browser.execute_script("return document.documentElement.scrollWidth") == 390
        assert await asyncio.to_thread(serious_findings, browser) == []
        assert "coin=BTC&minutes=5" in browser.current_url
        # What a rule fired on leads there as well.
        firing = {"venue": "all", "symbol": "BTC", "order_id": "", "event_id": "all:BTC:wall:a>b#2"}
        address = browser.execute_script(
            "return import('/assets/alerts/tell.js').then(({ addressOf }) => "
            "addressOf(arguments[0]))",
            firing,
        )
        assert address == "/markets?coin=BTC#finding=all%3ABTC%3Awall%3Aa%3Eb"
