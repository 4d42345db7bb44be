"""Every page on a running demo, in a real browser: it moves, filters, opens, and stays at home."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select

from tests.e2e.stack import RunningStack, get_json, until, wallwatch_up

pytestmark = pytest.mark.browser

PAGE_DEADLINE_S = 90
DEADLINE_S = 60
REST_S = 3.0
"""Longer than any page waits between two reads while it is looked at."""
PAGES = (
    "/large-orders",
    "/large-orders/BTCUSDT",
    "/flow",
    "/smart-money",
    "/time",
    "/alerts",
    "/proof",
    "/health",
    "/sql",
    "/api",
)
CHARTLESS = ("/api", "/proof", "/sql")
"""A judgement needs a longer run than these tests have; in SQL nothing is asked by itself."""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a demo that has seen several orders come and go."""
    with wallwatch_up("--demo", cwd=tmp_path_factory.mktemp("pages")) as stack:
        address = stack.page(PAGE_DEADLINE_S)
        _wait_for_orders(address, stack)
        yield address


def _wait_for_orders(root: str, stack: RunningStack) -> None:
    def enough() -> bool:
        try:
            status = get_json(f"{root}/api/v1/large-orders/status")
        except TimeoutError:
            return False  # A busy machine: what counts is the deadline below.
        btc = [state for state in status["symbols"] if state["symbol"] == "BTCUSDT"]
        if not btc:
            return False
        orders = btc[0]["orders"]
        return len({order["classification"] for order in orders}) >= 3 and any(
            order["is_persistent"] for order in orders
        )

    until(enough, DEADLINE_S * 2, lambda: stack.said)


def script(browser: Chrome, text: str) -> Any:
    return browser.execute_script(f"return {text}")


def wait(browser: Chrome, condition: str) -> Any:
    """Wait until an expression in the page is true."""
    return until(
        lambda: script(browser, condition),
        DEADLINE_S,
        lambda: f"{condition}\n{browser.find_element(By.TAG_NAME, 'body').text[:2_000]}",
    )


def wait_for_charts(browser: Chrome, count: int) -> None:
    wait(browser, f"document.querySelectorAll('.chart[data-drawn] .main-svg').length >= {count}")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_quiet_and_asks_nobody_else(root: str, browser: Chrome, path: str) -> None:
    browser.get(root + path)
    wait(browser, "document.getElementById('connection').dataset.state === 'live'")
    if path not in CHARTLESS:
        wait_for_charts(browser, 1)
    before = int(script(browser, "document.body.dataset.updates"))
    wait(browser, f"Number(document.body.dataset.updates) > {before + 2}")
    entries = script(
        browser,
        "[...performance.getEntriesByType('resource'), ...performance.getEntriesByType"
        "('navigation')].map(entry => entry.name)",
    )
    host = urlsplit(root).netloc
    strangers = [url for url in entries if urlsplit(url).netloc not in {host, ""}]
    assert strangers == []
    assert any("/api/v1/stream" in url or "/assets/" in url for url in entries)
    lines = browser.execute("getLog", {"type": "browser"})["value"]
    assert [line for line in lines if line["level"] in {"SEVERE", "WARNING"}] == []


def test_the_check_for_strangers_sees_one(root: str, browser: Chrome) -> None:
    """The policy of the page itself forbids other hosts, and the console says so."""
    browser.get(root + "/api")
    wait(browser, "document.querySelectorAll('.route').length > 10")
    browser.execute_script("fetch('http://127.0.0.1:9/elsewhere').catch(() => null)")

    def refused() -> list[str]:
        lines = browser.execute("getLog", {"type": "browser"})["value"]
        return [line["message"] for line in lines if "Content Security Policy" in line["message"]]

    assert "127.0.0.1:9" in until(refused, DEADLINE_S, lambda: "nothing in the console")[0]


def test_values_change_by_themselves(root: str, browser: Chrome) -> None:
    watched = {
        "/large-orders": "document.querySelector('.symbol [data-field=last_update] dd').innerText",
        "/flow": "document.querySelector('#figures [data-field=last_update] dd').innerText",
        "/smart-money": "document.querySelector('.reading .facts').innerText",
        "/health": "document.querySelector('.chart.latency').dataset.drawn",
    }
    for path, value in watched.items():
        browser.get(root + path)
        wait_for_charts(browser, 1)
        first = script(browser, value)
        wait(browser, f"{value} !== {json.dumps(first)}")


def test_the_book_is_drawn_with_its_walls_and_follows(root: str, browser: Chrome) -> None:
    browser.get(root + "/large-orders/BTCUSDT")
    wait_for_charts(browser, 1)
    chart = "document.querySelector('.chart.heat')"
    assert script(browser, "document.querySelectorAll('section.symbol').length") == 1
    assert wait(browser, f"Number({chart}.dataset.columns)") > 1
    newest = script(browser, f"{chart}.data[0].x.at(-1)")
    wait(browser, f"{chart}.data[0].x.at(-1) > {json.dumps(newest)}")
    assert wait(browser, f"Number({chart}.dataset.walls)") > 0
    kinds = script(browser, f"{chart}.data.map(trace => trace.type)")
    assert {"heatmap", "scatter", "bar"} <= set(kinds)
    buckets = script(browser, f"{chart}.data[0].z.flat().filter(value => value !== null).length")
    assert buckets > 50
    fates = script(
        browser,
        f"{chart}.data.filter(trace => trace.type === 'bar').map(t => t.y.some(y => y !== 0))",
    )
    assert any(fates)
    Select(browser.find_element(By.NAME, "minutes")).select_by_value("60")
    times = f"{chart}.data?.[0]?.x"
    step = f"{times}?.length < 60 && {times}.every(at => Date.parse(at + 'Z') % 15000 === 0)"
    wait(browser, step)


def test_filters_filter_and_work_by_keyboard(root: str, browser: Chrome) -> None:
    rows = "[...document.querySelectorAll('section.symbol tbody tr')]"
    browser.get(root + "/large-orders/BTCUSDT")
    wait(browser, f"{rows}.length > 2")
    classes = set(script(browser, f"{rows}.map(row => row.dataset.classification)"))
    chosen = sorted(classes)[0]
    Select(browser.find_element(By.NAME, "classification")).select_by_visible_text(chosen)
    wait(browser, f"{rows}.every(row => row.dataset.classification === '{chosen}')")
    section = "document.querySelector('section.symbol').dataset"
    wait(browser, f"Number({section}.shown) < Number({section}.known)")
    assert f"classification={chosen}" in browser.current_url
    browser.refresh()
    wait(browser, f"{rows}.length && {rows}.every(r => r.dataset.classification === '{chosen}')")

    browser.find_element(By.CSS_SELECTOR, "#filters [type=reset]").send_keys(Keys.ENTER)
    wait(browser, f"new Set({rows}.map(row => row.dataset.classification)).size > 1")
    tick = browser.find_element(By.NAME, "persistent")
    tick.send_keys(Keys.SPACE)
    wait(browser, f"{rows}.length && {rows}.every(row => row.dataset.persistent === 'true')")
    tick.send_keys(Keys.SPACE)
    browser.find_element(By.NAME, "impact").send_keys("99999")
    wait(browser, f"{rows}.length === 0")
    assert "passes the filters" in browser.find_element(By.CSS_SELECTOR, ".none").text
    browser.find_element(By.CSS_SELECTOR, "#filters [type=reset]").send_keys(Keys.ENTER)
    Select(browser.find_element(By.NAME, "side")).select_by_visible_text("bid")
    wait(browser, f"{rows}.length && {rows}.every(row => row.dataset.side === 'bid')")


def test_an_order_opens_by_click_and_by_keyboard(root: str, browser: Chrome) -> None:
    browser.get(root + "/large-orders/BTCUSDT?classification=SWEEP_BUY")
    wait(browser, "document.querySelectorAll('section.symbol tbody tr').length > 0")
    wait_for_charts(browser, 1)
    script(browser, "document.querySelector('section.symbol tbody tr').click()")
    dialog = "document.getElementById('order')"
    wait(browser, f"{dialog}.open && {dialog}.querySelectorAll('.chart .main-svg').length >= 2")
    panel = f"{dialog}.querySelector('[data-panel=\"order.%s\"]')"
    words = browser.find_element(By.ID, "order-words").text
    assert "SWEEP_BUY: takers lift the wall: bullish" in words
    quantities = script(browser, f"{panel % 'quantity'}.querySelector('.chart').data[0].y")
    assert max(quantities) > min(quantities)
    script(browser, f"{panel % 'hits'}.scrollIntoView()")
    hits = wait(browser, f"{panel % 'hits'}.querySelector('.chart').data?.[0].y")
    assert max(hits) > 0
    script(browser, f"{panel % 'events'}.scrollIntoView()")
    wait(browser, f"{panel % 'events'}.querySelectorAll('tbody tr').length > 1")
    assert "order=" in browser.current_url
    browser.switch_to.active_element.send_keys(Keys.ESCAPE)
    wait(browser, f"!{dialog}.open")

    rows = browser.find_elements(By.CSS_SELECTOR, "section.symbol tbody tr")
    script(browser, "document.querySelector('section.symbol tbody tr').focus()")
    assert rows
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    wait(browser, f"{dialog}.open")
    address = browser.current_url
    browser.get("about:blank")
    browser.get(address)
    wait(browser, f"{dialog}.open && {dialog}.dataset.classification === 'SWEEP_BUY'")


@pytest.mark.parametrize(
    ("page", "board"),
    [
        ("/flow", "wallwatch-flow"),
        ("/smart-money", "wallwatch-smart-money"),
        ("/alerts", "wallwatch-alerts"),
        ("/health", "wallwatch-health"),
    ],
)
def test_a_page_shows_its_board_as_the_panels_define_it(
    root: str, browser: Chrome, page: str, board: str
) -> None:
    known = get_json(f"{root}/api/v1/panels")
    keys = next(one["panels"] for one in known["boards"] if one["uid"] == board)
    browser.get(root + page)
    for key in keys:
        card = f"document.querySelector('[data-panel=\"{key}\"]')"
        wait(browser, card)
        script(browser, f"{card}.scrollIntoView()")
        # No quarter of an hour ends in a run this short.
        rows = wait(browser, f"{card}.dataset.rows !== undefined && {card}.dataset")["rows"]
        panel = known["panels"][key]
        text = browser.find_element(By.CSS_SELECTOR, f'[data-panel="{key}"]').text
        assert panel["title"] in text
        assert panel["question"] in text
        if int(rows) == 0:
            continue
        if panel["kind"] == "table":
            titles = f"[...{card}.querySelectorAll('th')].map(th => th.textContent)"
            shown = [column["title"] for column in panel["columns"] if not column["hidden"]]
            assert script(browser, titles) == shown
        else:
            drawn = wait(browser, f"{card}.querySelector('.chart').data?.map(t => t.name)")
            named = [c["title"] for c in panel["columns"] if c["type"] == "number"]
            assert panel["kind"] == "states" or len(drawn) >= len(named)


def test_a_hidden_page_asks_nothing(root: str, browser: Chrome) -> None:
    browser.get(root + "/flow")
    wait(browser, "document.getElementById('connection').dataset.state === 'live'")
    hide = (
        "Object.defineProperty(document, 'hidden', {value: arguments[0], configurable: true});"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    updates = "Number(document.body.dataset.updates)"
    browser.execute_script(hide, True)
    reads, since_s = -1, time.monotonic()

    def rests() -> bool:
        nonlocal reads, since_s
        now = get_json(f"{root}/api/v1/health")["reader"]["queries"]
        if now != reads:
            reads, since_s = now, time.monotonic()
        return time.monotonic() - since_s > REST_S

    until(rests, DEADLINE_S, lambda: "the store is still read")
    browser.execute_script(hide, False)
    wait(browser, f"{updates} > {script(browser, updates)}")


def test_pulled_walls_are_counted_as_the_store_counts_them(root: str, browser: Chrome) -> None:
    browser.get(root + "/large-orders/BTCUSDT")
    ended = "document.getElementById('ended')"
    wait(browser, f"Number({ended}.dataset.count) > 0")

    def same() -> bool:
        shown = int(script(browser, f"{ended}.dataset.count"))
        address = browser.find_element(By.CSS_SELECTOR, "#ended .csv").get_attribute("href")
        query = urlsplit(str(address)).query
        return bool(get_json(f"{root}/api/v1/large-orders/history?{query}")["count"] == shown)

    until(same, DEADLINE_S, lambda: "the page and the API count differently")
    assert "walls pulled" in browser.find_element(By.ID, "ended-words").text


def test_the_page_fits_a_phone_and_both_themes(root: str, browser: Chrome) -> None:
    size = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    for path in PAGES:
        browser.get(root + path)
        wait(browser, "document.getElementById('connection').dataset.state === 'live'")
        overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        wait(browser, f"{overflow} <= 0")
    background = "getComputedStyle(document.body).backgroundColor"
    first = script(browser, background)
    browser.find_element(By.ID, "theme").click()
    wait(browser, f"{background} !== {json.dumps(first)}")
    browser.refresh()
    wait(browser, f"{background} !== {json.dumps(first)}")


def test_the_theme_follows_the_system_until_one_is_chosen(root: str, browser: Chrome) -> None:
    def system(scheme: str) -> None:
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    theme = "document.documentElement.dataset.theme"
    system("dark")
    browser.get(root + PAGES[0])
    browser.execute_script("localStorage.removeItem('theme')")
    browser.refresh()
    wait(browser, f"{theme} === 'dark'")
    system("light")
    wait(browser, f"{theme} === 'light'")
    browser.find_element(By.ID, "theme").click()
    wait(browser, f"{theme} === 'dark'")
    browser.refresh()
    wait(browser, f"{theme} === 'dark'")
