"""What a viewer may rely on, in a real browser: what is not live is told and dated, times are UTC
in every zone and in order when clocks go back, amounts carry their currency."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count, pairwise
from typing import Any

import pytest
from selenium.webdriver import Chrome

from dashboards.grafana.currency import MIXED, UNIT_SQL
from dashboards.panels.macros import TimeRange, expand
from schemas.clickhouse.connect import connect
from schemas.market import FeedStatus, StreamState
from schemas.settings import ClickHouseSettings
from schemas.signals import ActionSignal, BookMetrics, FlowBar, Signal
from tests.integration.dashboards.web.test_page import seen, served, writing
from tests.support.markets.records import RECEIVED_US, START_MS, order, signal
from tests.support.servers.clickhouse_server import free_port, unique_database

pytestmark = pytest.mark.browser

CLOCKS_BACK_MS = 1_762_063_170_000
"""2025-11-02 05:59:30 UTC: half a minute before New York sets its clocks back."""
BARS = 180
"""Seconds of trades around that moment."""
TICKS = "[...document.querySelectorAll('.xtick text')].map(label => label.textContent)"
CLOCK = re.compile(r"\d{2}:\d{2}(?::\d{2})?")


async def opened(browser: Chrome, port: int, path: str) -> None:
    await asyncio.to_thread(browser.get, f"http://127.0.0.1:{port}{path}")


def flow(time_ms: int, **figures: Any) -> Signal:
    prices: dict[str, Any] = dict.fromkeys(("open", "high", "low", "close"), 60_000.0)
    return signal(FlowBar, event_time=time_ms, interval_ms=1_000, **{**prices, **figures})


async def test_the_page_flow_is_dated_and_says_so_while_its_symbol_is_not_live(
    chdb_url: str, browser: Chrome
) -> None:
    store = ClickHouseSettings(url=chdb_url, database=unique_database())
    port = free_port()
    feed = "document.querySelector('main').dataset.feed"
    words = "document.getElementById('feed').textContent"
    async with writing(store) as write, served(store, port):
        await write([signal(BookMetrics), flow(START_MS - 1_000), signal(ActionSignal)])
        await opened(browser, port, "/flow?symbol=BTCUSDT")
        await seen(browser, feed, "stale")
        newest = datetime.fromtimestamp(START_MS / 1_000, UTC)
        dated = f"not live: as of {newest:%Y-%m-%d %H:%M:%S} UTC"
        await seen(browser, f"{words}.startsWith('{dated}')", True)
        await write([signal(BookMetrics, event_time=START_MS + 1_000)])
        await seen(browser, feed, "live")
        await seen(browser, words, "")


async def test_trades_that_are_silent_while_depth_goes_on_are_told_on_every_page(
    chdb_url: str, browser: Chrome
) -> None:
    store = ClickHouseSettings(url=chdb_url, database=unique_database())
    port = free_port()
    told = "partly live: btcusdt@aggTrade is silent (no frame for 3 s)"
    places = {
        "/flow?symbol=BTCUSDT": "document.getElementById('feed').textContent",
        "/": "(document.querySelector('section[data-symbol=BTCUSDT] .market')?.textContent ?? '')",
        "/smart-money": "(document.querySelector('.verdict')?.textContent ?? '')",
    }
    states = {StreamState.SILENT: "no frame for 3 s", StreamState.UP: ""}
    statuses = [
        FeedStatus(
            venue="binance_usdm", symbol="BTCUSDT", stream="btcusdt@aggTrade", state=state,
            reason=reason, event_time=START_MS, received_us=RECEIVED_US + number,
        )
        for number, (state, reason) in enumerate(states.items())
    ]  # fmt: skip
    async with writing(store) as write, served(store, port):
        await write([flow(START_MS - 1_000), signal(ActionSignal)])
        async with moving(write):
            await opened(browser, port, "/flow?symbol=BTCUSDT")
            feed = "document.querySelector('main').dataset.feed"
            await seen(
                browser, f"{feed} === 'live' && {places['/flow?symbol=BTCUSDT']} === ''", True
            )
            await write(statuses[:1])
            for path, text in places.items():
                await opened(browser, port, path)
                await seen(browser, f"{text}.includes('{told}')", True)
            await write(statuses[1:])
            await seen(browser, f"{text} !== '' && !{text}.includes('partly')", True)


@asynccontextmanager
async def moving(write: Callable[[Sequence[Signal]], Any]) -> AsyncIterator[None]:
    """Let depth go on for the length of the block."""

    async def go_on() -> None:
        for step in count(1):
            await write([signal(BookMetrics, event_time=START_MS + step)])
            await asyncio.sleep(0.5)

    task = asyncio.create_task(go_on())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait((task,))


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kolkata", "UTC"])
async def test_axes_are_in_utc_and_in_order_whatever_the_viewer_s_clock_does(
    chdb_url: str, browser: Chrome, zone: str
) -> None:
    browser.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": zone})
    store = ClickHouseSettings(url=chdb_url, database=unique_database())
    port = free_port()
    bars = [flow(CLOCKS_BACK_MS + second * 1_000) for second in range(BARS)]
    async with writing(store) as write, served(store, port):
        await write([*bars, signal(BookMetrics, event_time=CLOCKS_BACK_MS + BARS * 1_000)])
        await opened(browser, port, "/flow?symbol=BTCUSDT&minutes=5")
        await seen(browser, f"{TICKS}.length > 1", True)
        labels = browser.execute_script(f"return {TICKS}")
        times = [found.group() for label in labels if (found := CLOCK.search(label))]
        assert {time[:2] for time in times} <= {"05", "06"}
        first = times[: times.index(max(times)) + 1]
        assert len(first) > 1
        assert first == sorted(first)
        update = "document.querySelector('#figures [data-field=last_update] dd').textContent"
        await seen(browser, update, "06:02:30")


@pytest.mark.parametrize("tick", [0.05, 1e-8, 1e-10])
async def test_axes_and_hovers_have_the_digits_that_prices_and_small_amounts_need(
    chdb_url: str, browser: Chrome, tick: float
) -> None:
    store = ClickHouseSettings(url=chdb_url, database=unique_database())
    port = free_port()
    prices = [float(f"{1_200_000 * tick + n % 3 * tick:.12g}") for n in range(9)]
    told = {f"{Decimal(repr(price)):,f}".removesuffix(".0") for price in prices}
    bars = [
        flow(START_MS - (9 - n) * 1_000, close=price, high=price, low=price, delta_usd=0.1 * n)
        for n, price in enumerate(prices)
    ]
    axis = (
        "[...document.querySelectorAll('[data-panel=\"{}\"] .ytick text')].map(t => t.textContent)"
    )
    async with writing(store) as write, served(store, port):
        await write([*bars, signal(BookMetrics, mid=prices[0])])
        await opened(browser, port, "/flow?symbol=BTCUSDT&minutes=5")
        for panel in ("flow.price", "flow.delta"):
            await seen(browser, f"{axis.format(panel)}.length > 1", True)
        labels = browser.execute_script(f"return {axis.format('flow.price')}")
        assert len(labels) == len(set(labels)), labels
        assert {float(label.replace(",", "")) for label in labels} != {0.0}
        assert all(len(label.strip("0.,").replace(",", "")) <= 9 for label in labels), labels
        amounts = browser.execute_script(f"return {axis.format('flow.delta')}")
        assert all(re.fullmatch(r"\$[\d.]+", amount) for amount in amounts), amounts
        chart = "document.querySelector('[data-panel=\"flow.price\"] .chart')"
        hovers = browser.execute_script(f"return {chart}.data[0].text")
        assert set(hovers) == told


@pytest.mark.parametrize("tick", [1e-8, 1e-10])
async def test_a_book_whose_levels_lie_beyond_the_heat_is_drawn_with_the_digits_of_its_tick(
    chdb_url: str, browser: Chrome, tick: float
) -> None:
    store = ClickHouseSettings(url=chdb_url, database=unique_database())
    port = free_port()
    chart = "document.querySelector('.chart.heat')"
    cells = "[...document.querySelectorAll('tbody tr')].map(row => row.cells[1].textContent)"
    bare: dict[str, Any] = {"heat_prices": [], "heat_bid_usd": [], "heat_ask_usd": []}
    books = [
        signal(BookMetrics, event_time=START_MS - ago * 1_000, mid=(45 + ago % 2) * tick, **bare)
        for ago in range(60, -1, -1)
    ]
    walls = [order(name, price=round(place * tick, 12)) for name, place in (("a", 42), ("b", 48))]
    wanted = {f"{place * tick:.10f}".rstrip("0") for place in (42, 48)}
    async with writing(store) as write, served(store, port):
        await write([*books, *walls])
        await opened(browser, port, "/large-orders/BTCUSDT")
        await seen(browser, f"{chart}?.dataset.walls", "2")
        await seen(browser, f"[...new Set({cells})].length", 2)
        assert set(browser.execute_script(f"return {cells}")) == wanted
        ticks = f"[...{chart}.querySelectorAll('.ytick text')].map(tick => tick.textContent)"
        await seen(browser, f"{ticks}.length > 1", True)
        labels = browser.execute_script(f"return {ticks}")
        assert len(labels) == len(set(labels)), labels
        assert all(40 * tick < float(label) < 50 * tick for label in labels), labels
        told = browser.execute_script(f"return {chart}.data.flatMap(one => one.customdata ?? [])")
        hovers = " ".join(str(one) for one in told)
        assert all(f"bid {price} " in hovers for price in wanted)


async def test_an_outage_is_a_hole_and_the_second_axis_has_round_figures(
    chdb_url: str, browser: Chrome
) -> None:
    store = ClickHouseSettings(url=chdb_url, database=unique_database())
    port = free_port()
    seconds = [
        signal(
            BookMetrics,
            event_time=START_MS - ago * 1_000,
            spread_bps=0.0162 + ago % 7 * 3e-6,
            obi=(ago % 5 - 2) / 4,
        )
        for ago in (*range(290, 200, -1), *range(90, -1, -1))
    ]
    ticks = (
        "[...document.querySelectorAll('[data-panel=\"flow.book\"] .y2tick text')]"
        ".map(tick => tick.textContent)"
    )
    line = "document.querySelector('.chart.heat')?.data?.find(trace => trace.mode === 'lines')?.y"
    async with writing(store) as write, served(store, port):
        await write([flow(START_MS - 1_000), order("wall"), *seconds])
        await opened(browser, port, "/flow?symbol=BTCUSDT&minutes=5")
        card = "document.querySelector('[data-panel=\"flow.book\"]')"
        await seen(browser, f"{card} !== null", True)
        browser.execute_script(f"{card}.scrollIntoView()")
        await seen(browser, f"{ticks}.length > 1", True)
        told = [Decimal(label.split()[0]) for label in browser.execute_script(f"return {ticks}")]
        steps = {(b - a).normalize().as_tuple().digits for a, b in pairwise(told)}
        assert steps <= {(1,), (2,), (5,)}, told
        await opened(browser, port, "/large-orders/BTCUSDT")
        await seen(browser, f"{line}?.length > 100", True)
        assert browser.execute_script(f"return {line}").count(None) == 1


async def test_amounts_carry_their_currency_where_nobody_knows_what_it_is_worth(
    chdb_url: str, browser: Chrome
) -> None:
    store = ClickHouseSettings(url=chdb_url, database=unique_database())
    port = free_port()
    quoted: dict[str, Any] = {"symbol": "ETHBTC", "mid": 0.035, "threshold_usd": 0.0592}
    wall: dict[str, Any] = {"value_usd": 104.4, "max_value_usd": 104.4, "price": 0.0348}
    section = "(document.querySelector('section[data-symbol=ETHBTC]')?.innerText ?? '')"
    async with writing(store) as write, served(store, port):
        await write([signal(BookMetrics, quote_usd=None, **quoted)])
        await write([order("wall", symbol="ETHBTC", **wall)])
        await opened(browser, port, "/")
        await seen(browser, f"{section}.includes('not live')", True)
        await write([signal(BookMetrics, event_time=START_MS + 1, quote_usd=None, **quoted)])
        await seen(browser, f"{section}.includes('amounts are in BTC')", True)
        text = browser.execute_script(f"return {section}")
        assert "amounts are in BTC: its value in USD is unknown" in text
        assert "104 BTC" in text
        assert "large from 0.0592 BTC" in text
        figures = "[...document.querySelectorAll('.summary, tbody')].map(part => part.innerText)"
        assert "$" not in "".join(browser.execute_script(f"return {figures}"))
        known = {**quoted, "quote_usd": 60_000.0, "threshold_usd": 3_552.0}
        await write([signal(BookMetrics, event_time=START_MS + 2, **known)])
        await seen(browser, f"{section}.includes('large from $3.55K')", True)
        assert "unknown:" not in browser.execute_script(f"return {section}")


async def test_axes_and_hovers_of_a_market_in_btc_say_so_on_the_page_and_in_grafana(
    chdb_url: str, browser: Chrome
) -> None:
    store = ClickHouseSettings(url=chdb_url, database=unique_database())
    port = free_port()
    quoted: dict[str, Any] = {"symbol": "ETHBTC", "mid": 0.035, "quote_usd": None}
    bars = [
        flow(START_MS - (9 - n) * 1_000, symbol="ETHBTC", delta_usd=0.0123 * n, cvd_usd=0.5)
        for n in range(9)
    ]
    chart = "document.querySelector('[data-panel=\"flow.delta\"] .chart')"
    ticks = f"[...{chart}.querySelectorAll('.ytick text')].map(tick => tick.textContent)"
    async with writing(store) as write, served(store, port):
        await write([*bars, signal(BookMetrics, **quoted), signal(BookMetrics)])
        await opened(browser, port, "/flow?symbol=ETHBTC&minutes=5")
        await seen(browser, f"{chart}?.dataset.drawn > 0 && {ticks}.length > 1", True)
        labels = browser.execute_script(f"return {ticks}")
        assert all(label.endswith(" BTC") for label in labels), labels
        hovers = browser.execute_script(f"return {chart}.data.flatMap(trace => trace.text)")
        assert "0.0984 BTC" in hovers
        assert "$" not in browser.execute_script("return document.querySelector('main').innerText")
        units = {
            symbols: await grafana_unit(store, *symbols)
            for symbols in [("ETHBTC",), ("BTCUSDT",), ("BTCUSDT", "ETHBTC"), ("NONE",)]
        }
    assert list(units.values()) == ["suffix: BTC", "currencyUSD", MIXED, "currencyUSD"]


async def grafana_unit(store: ClickHouseSettings, *symbols: str) -> str:
    asked = TimeRange(START_MS - 60_000, START_MS + 1_000)
    sql = expand(UNIT_SQL, asked, {"venue": "binance_usdm", "symbol": list(symbols)})
    client = await asyncio.to_thread(connect, store)
    try:
        rows = (await asyncio.to_thread(client.query, sql)).result_rows
    finally:
        client.close()
    return str(rows[0][0])
