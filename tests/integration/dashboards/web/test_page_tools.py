"""What every page offers, in a real browser: search, moments of history, alerts of your own; and no
serious finding of an accessibility checker."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from aiohttp import web
from pydantic import SecretStr
from selenium.webdriver import ActionChains, Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from dashboards.rules.watch import Firing
from dashboards.web.app import RULES, create_app
from dashboards.web.pages import PAGES
from schemas.clickhouse.connect import connect
from schemas.settings import RuleSettings, RulesSettings, Settings, WatchFor, WebSettings
from schemas.status import PipelineStatus
from tests.support.markets.demo_data import DemoStore
from tests.support.servers.axe import serious_findings

pytestmark = [pytest.mark.browser, pytest.mark.clickhouse]

DEADLINE_S = 60.0
PHONE = (390, 844)
SPIES = """
window.notices = [];
window.tones = 0;
const RealNotification = window.Notification;
window.Notification = class extends RealNotification {
  constructor(title, options) {
    super(title, options);
    window.notices.push(`${title}|${options.body}`);
  }
};
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...at) {
  window.tones += 1;
  return start.apply(this, at);
};
"""
"""Notes what the page shows and plays, and lets it: the browser's own calls still happen."""
RULE = RuleSettings(name="lured", on=WatchFor.WALL_PULLED, min_usd=1e6)


@dataclass(frozen=True)
class Pages:
    """The pages over a demo run."""

    browser: Chrome
    root: str
    store: DemoStore

    async def open(self, path: str) -> None:
        await asyncio.to_thread(self.browser.get, self.root + path)

    async def read(self, script: str) -> Any:
        return await asyncio.to_thread(self.browser.execute_script, f"return {script}")

    async def until(self, condition: str) -> Any:
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline:
            if found := await self.read(condition):
                return found
            await asyncio.sleep(0.05)
        text = self.browser.find_element(By.TAG_NAME, "body").text
        raise AssertionError(f"{condition}\n{text[:2_000]}")

    async def press(self, *keys: str) -> None:
        chain = ActionChains(self.browser)
        for key in keys:
            chain.send_keys(key)
        await asyncio.to_thread(chain.perform)

    async def permit(self, notices: str) -> None:
        """Answer the browser's question about notices for this address: granted or denied."""
        permission = {"name": "notifications"}
        values = {"permission": permission, "setting": notices, "origin": self.root}
        await asyncio.to_thread(self.browser.execute_cdp_cmd, "Browser.setPermission", values)

    async def click(self, css: str) -> None:
        await asyncio.to_thread(self.browser.find_element(By.CSS_SELECTOR, css).click)


@pytest.fixture
async def pages(demo_store: DemoStore, browser: Chrome) -> AsyncIterator[Pages]:
    async def pipeline_status() -> PipelineStatus:
        return PipelineStatus()

    settings = Settings(
        clickhouse=demo_store.settings, alerts=RulesSettings(rules=(RULE,), poll_s=0.2)
    )
    app = create_app(settings, pipeline_status)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield Pages(browser, f"http://127.0.0.1:{runner.addresses[0][1]}", demo_store)
    await runner.cleanup()


@pytest.fixture
def order_id(demo_store: DemoStore) -> str:
    client = connect(demo_store.settings)
    rows = client.query(
        "SELECT order_id FROM large_orders WHERE symbol = 'BTCUSDT' AND is_spoof "
        "ORDER BY max_value_usd DESC LIMIT 1"
    ).result_rows
    client.close()
    return str(rows[0][0])


async def test_a_slash_finds_a_symbol_an_order_and_a_moment(pages: Pages, order_id: str) -> None:
    await pages.open("/health")
    await pages.until("document.getElementById('jumper') !== null")
    await pages.press("/")
    await pages.until("document.getElementById('jumper').open")
    await pages.press(*"eth")
    await pages.until(
        "document.querySelector('#jump-found [aria-selected=true]')?.textContent === "
        "'ETHUSDT · Large orders'"
    )
    await pages.press(Keys.ARROW_DOWN, Keys.ENTER)
    await pages.until("location.pathname === '/flow' && location.search.includes('ETHUSDT')")

    await pages.until("document.getElementById('jumper') !== null")
    await pages.press("/")
    await pages.until("document.getElementById('jumper').open")
    await pages.press(order_id, Keys.ENTER)
    shown = "document.querySelector('#order[open]')?.dataset.orderId"
    assert await pages.until(shown) == order_id
    # The order leads to its moment.
    await pages.until("document.querySelector('#order .moment').href.includes('at=')")
    await pages.click("#order .moment")
    await pages.until("location.pathname === '/time' && document.body.dataset.at")

    at_ms = pages.store.to_ms - 60_000
    clock = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(at_ms // 1_000))
    await pages.press("/")
    await pages.until("document.getElementById('jumper').open")
    await pages.press(clock, Keys.ENTER)
    await pages.until(f"document.body.dataset.at === '{at_ms // 1_000 * 1_000}'")


async def test_history_is_stepped_and_played_with_the_same_panels(pages: Pages) -> None:
    at_ms = pages.store.from_ms + 180_000
    await pages.open(f"/time?symbol=BTCUSDT&at={at_ms}&minutes=5")
    await pages.until("Number(document.querySelector('#then .chart').dataset.walls) > 0")
    standing = "document.querySelector('[data-panel=\"large_orders.standing\"]')"
    first = await pages.until(f"{standing}?.dataset.rows")
    assert await pages.read("document.querySelector('[data-panel=\"flow.cvd\"]') !== null")
    await pages.press(Keys.ARROW_RIGHT)
    await pages.until(f"document.body.dataset.at === '{at_ms + 15_000}'")
    assert f"at={at_ms + 15_000}" in await pages.read("location.search")
    await pages.press(Keys.PAGE_DOWN)
    await pages.until(f"document.body.dataset.at === '{at_ms - 135_000}'")
    await pages.press(" ")
    await pages.until(f"Number(document.body.dataset.at) >= {at_ms - 135_000 + 20_000}")
    assert await pages.read("document.getElementById('play').getAttribute('aria-pressed')") == (
        "true"
    )
    await pages.press(" ")
    # An address that is sent to somebody shows the same.
    await pages.open(f"/time?symbol=BTCUSDT&at={at_ms}&minutes=5")
    assert await pages.until(f"{standing}?.dataset.rows") == first


async def test_escape_closes_the_search_whatever_was_typed(pages: Pages) -> None:
    await pages.open("/health")
    await pages.until("document.getElementById('jumper') !== null")
    await pages.press("/")
    await pages.until("document.getElementById('jumper').open")
    await pages.press(*"eth", Keys.ESCAPE)
    await pages.until("!document.getElementById('jumper').open")


async def test_an_address_that_asks_for_what_is_not_there_is_answered(pages: Pages) -> None:
    await pages.open("/time?symbol=BTCUSDT&at=1&minutes=7")
    await pages.until("document.body.dataset.at === '900000'")
    assert "minutes=15" in await pages.read("location.search")
    await pages.open("/alerts?minutes=7")
    await pages.until("document.querySelector('[name=minutes]').value !== ''")
    await pages.open("/flow?symbol=BTCUSDT&minutes=7")
    await pages.until("location.search.includes('minutes=15')")
    await pages.open("/time?symbol=NOPE")
    await pages.until(
        "document.getElementById('notice').textContent === "
        "'NOPE is not followed here: this is BTCUSDT.'"
    )
    lines = await asyncio.to_thread(pages.browser.execute, "getLog", {"type": "browser"})
    assert [line for line in lines["value"] if line["level"] == "SEVERE"] == []


async def test_play_at_the_newest_moment_plays_the_last_of_it_again(pages: Pages) -> None:
    await pages.open("/time?symbol=BTCUSDT&minutes=5")
    await pages.until(f"document.body.dataset.at === '{pages.store.to_ms}'")
    await pages.click("#play")
    # Twenty seconds at ten times the speed of the market.
    await pages.until(f"Number(document.body.dataset.at) < {pages.store.to_ms - 150_000}")
    await pages.until(f"Number(document.body.dataset.at) > {pages.store.to_ms - 150_000}")
    assert await pages.read("document.getElementById('play').textContent") == "Pause"


async def test_three_hundred_symbols_are_searched(pages: Pages) -> None:
    await pages.open("/api")
    names = [f"S{number}USDT" for number in range(300)]
    await pages.read(
        f"""import('/assets/base/tabs.js').then(({{ fillTabs }}) => {{
          const nav = document.createElement('nav');
          nav.id = 'many';
          document.querySelector('main').prepend(nav);
          const choose = (name) => {{ document.body.dataset.picked = name; }};
          fillTabs(nav, {names!r}, 'S7USDT', choose, (name) => `?symbol=${{name}}`);
        }})"""
    )
    await pages.until("document.querySelector('#many input') !== null")
    assert await pages.read("document.querySelectorAll('#many a').length") == 7
    assert await pages.read("document.querySelector('#many [aria-current]').textContent") == (
        "S7USDT"
    )
    field = pages.browser.find_element(By.CSS_SELECTOR, "#many input")
    await asyncio.to_thread(field.send_keys, "s299", Keys.ENTER)
    await pages.until("document.body.dataset.picked === 'S299USDT'")


async def test_a_rule_is_tried_kept_and_its_alert_judged(pages: Pages, order_id: str) -> None:
    await pages.open("/alerts")
    await pages.until("document.querySelector('#rules tbody tr[data-rule=lured]')")
    await pages.click("#own summary")
    await asyncio.to_thread(
        pages.browser.find_element(By.CSS_SELECTOR, "#rule [name=name]").send_keys, "big walls"
    )
    await pages.click("#rule-preview")
    said = await pages.until(
        "document.getElementById('rule-said').textContent.startsWith('It would have fired') && "
        "document.getElementById('rule-said').textContent"
    )
    assert "Graded 60 s later" in said
    await pages.click("#rule [type=submit]")
    await pages.until("document.querySelector('#rules tr[data-rule=\"big walls\"]')")
    await pages.click("#rules tr[data-rule='big walls'] button")
    await pages.until("!document.querySelector('#rules tr[data-rule=\"big walls\"]')")


async def test_what_fires_comes_to_an_open_page_and_is_judged(
    demo_store: DemoStore, browser: Chrome, order_id: str
) -> None:
    async def pipeline_status() -> PipelineStatus:
        return PipelineStatus()

    settings = Settings(clickhouse=demo_store.settings, alerts=RulesSettings(rules=(RULE,)))
    app = create_app(settings, pipeline_status)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    pages = Pages(browser, f"http://127.0.0.1:{runner.addresses[0][1]}", demo_store)
    spies = {"source": SPIES}
    try:
        browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", spies)
        await pages.permit("denied")
        await pages.open("/alerts")
        await pages.until("document.querySelector('#rules tbody tr')")
        await pages.click("[data-tell=desktop]")
        await pages.until("document.getElementById('fired-said').textContent.includes('not allow')")
        assert await pages.read("document.querySelector('[data-tell=desktop]').checked") is False
        await pages.permit("granted")
        await pages.click("[data-tell=desktop]")
        await pages.click("[data-tell=sound]")
        await pages.until("window.tones === 1")  # The box lets hear what it turns on.
        firing = Firing(
            "lured", "e1", demo_store.to_ms, "binance_usdm", "BTCUSDT", "gone", order_id
        )
        await asyncio.to_thread(app[RULES].journal.record, firing, sound=True)
        await pages.until("document.querySelector('#fired tbody tr')")
        assert await pages.until("window.notices") == ["lured: BTCUSDT|gone"]
        assert await pages.read("window.tones") == 2
        await pages.click("#fired [data-mark=wrong]")
        await pages.until(
            "document.querySelector('#rules tr[data-rule=lured]').cells[5].textContent === "
            "'0 % of 1'"
        )
        pressed = "document.querySelector('#fired [data-mark=wrong]').getAttribute('aria-pressed')"
        assert await pages.read(pressed) == "true"
        quiet = replace(firing, event_id="e2", text="gone, too")
        await asyncio.to_thread(app[RULES].journal.record, quiet, sound=False)
        await pages.until("window.notices.length === 2")
        assert await pages.read("window.tones") == 2
    finally:
        await runner.cleanup()


async def test_a_page_asks_for_the_token_once(
    demo_store: DemoStore, browser: Chrome, order_id: str
) -> None:
    async def pipeline_status() -> PipelineStatus:
        return PipelineStatus()

    settings = Settings(
        clickhouse=demo_store.settings,
        alerts=RulesSettings(rules=(RULE,)),
        web=WebSettings(token=SecretStr("secret")),
    )
    app = create_app(settings, pipeline_status)
    for number in range(3):
        firing = Firing(
            "lured", f"e{number}", demo_store.to_ms, "binance_usdm", "BTCUSDT", "gone", order_id
        )
        app[RULES].journal.record(firing, sound=False)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    pages = Pages(browser, f"http://127.0.0.1:{runner.addresses[0][1]}", demo_store)

    async def right_of(number: int) -> None:
        await pages.click(f"#fired tbody tr:nth-child({number}) [data-mark=right]")

    def pressed(number: int) -> str:
        button = f"document.querySelector('#fired tbody tr:nth-child({number}) [data-mark=right]')"
        return f"{button}?.getAttribute('aria-pressed') === 'true'"

    asked = "document.getElementById('token').open"
    try:
        await pages.open("/alerts")
        await pages.until("document.querySelectorAll('#fired tbody tr').length === 3")
        await right_of(1)
        await pages.until(asked)
        assert await asyncio.to_thread(serious_findings, browser) == []
        await pages.press(Keys.ESCAPE)
        await pages.until("document.getElementById('fired-said').textContent.includes('web.token')")
        assert not await pages.read(pressed(1))
        await right_of(1)
        await pages.until(asked)
        await pages.press("wrong", Keys.ENTER)
        await pages.until("document.querySelector('#token .said').textContent.includes('refused')")
        await pages.until(asked)
        await pages.press("secret", Keys.ENTER)
        await pages.until(pressed(1))
        await right_of(2)
        await pages.until(pressed(2))
        assert not await pages.read(asked)
        # Kept while the tab is open, and nowhere else.
        await pages.open("/alerts")
        await pages.until("document.querySelectorAll('#fired tbody tr').length === 3")
        await right_of(3)
        await pages.until(pressed(3))
        assert await pages.read("Object.values(localStorage).includes('secret')") is False
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_no_page_has_a_serious_finding(pages: Pages, theme: str) -> None:
    await pages.open("/api")
    await pages.read(f"localStorage.setItem('theme', '{theme}')")
    found = {}
    for page in PAGES:
        path = f"{page.path}?symbol=BTCUSDT" if page.name in ("flow", "time") else page.path
        await pages.open(path)
        await pages.until("Number(document.body.dataset.updates ?? 0) > 1")
        if page.name in ("flow", "time", "alerts", "health", "smart-money"):
            await pages.until("document.querySelector('[data-rows]')")
        if wrong := await asyncio.to_thread(serious_findings, pages.browser):
            found[page.name] = wrong
    await pages.press("/")
    await pages.until("document.getElementById('jumper').open")
    if wrong := await asyncio.to_thread(serious_findings, pages.browser):
        found["search"] = wrong
    # One of each kind: rows of a table share theirs.
    said = {
        re.sub(r":nth-child\(\d+\)", "", f"{page}: {finding['id']} {node}")
        for page, findings in found.items()
        for finding in findings
        for node in finding["nodes"]
    }
    assert not said, "\n".join(sorted(said))


async def test_the_questions_in_sql_are_a_click_away(pages: Pages) -> None:
    state = "document.getElementById('answer').dataset.state"
    await pages.open("/sql")
    await pages.until("document.querySelectorAll('#questions button').length === 15")
    for number in range(15):
        await pages.read(f"document.querySelectorAll('#questions button')[{number}].click()")
        await pages.until(f"{state} !== 'asking'")
        said = await pages.read("document.getElementById('said').textContent")
        assert await pages.read(state) == "answered", said
        assert re.fullmatch(r"[1-9]\d* rows", said), (number, said)
    # A wide answer scrolls: by keys as well.
    await pages.read('void (document.getElementById("query").value = "SELECT * FROM large_orders")')
    await pages.read(
        "document.getElementById('query').dispatchEvent("
        "new KeyboardEvent('keydown', {key: 'Enter', ctrlKey: true, cancelable: true}))"
    )
    await pages.until("document.querySelectorAll('#answer th').length > 20")
    assert await asyncio.to_thread(serious_findings, pages.browser) == []
    for hostile in ("DROP TABLE large_orders", "SELECT 1; SELECT 2", "SELECT file('/etc/passwd')"):
        await pages.read(f'void (document.getElementById("query").value = "{hostile}")')
        await pages.click("#ask button")
        await pages.until(f"{state} === 'refused'")
    assert "file() is refused" in await pages.read("document.getElementById('said').textContent")
