"""The page Proof in a real browser, over outcomes whose truth is known."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import ClientSession
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select

from schemas.settings import ClickHouseSettings
from tests.integration.dashboards.web.test_api import served
from tests.support.markets.proof_store import (
    HOSTILE_LABEL,
    INFORMED,
    WALK,
    fill_with_every_verdict,
    started_sink,
)
from tests.support.servers.clickhouse_server import unique_database

pytestmark = pytest.mark.browser

DEADLINE_S = 90.0
FIGURES = (
    "[...document.querySelectorAll('#lines tbody tr')]"
    ".map(row => [...row.cells].map(cell => cell.textContent))"
)
FOREST = "document.querySelector('.chart.forest')"


@dataclass(frozen=True)
class ProofPage:
    """The page in a browser, with what the API says."""

    browser: Chrome
    root: str
    lines: list[dict[str, Any]]

    async def open(self, query: str = "") -> None:
        """Open the page and wait until it shows a judgement."""
        await asyncio.to_thread(self.browser.get, f"{self.root}/proof{query}")
        await self.until("Number(document.getElementById('judged').dataset.lines) > 0")

    async def read(self, script: str) -> Any:
        return await asyncio.to_thread(self.browser.execute_script, f"return {script}")

    async def until(self, condition: str) -> Any:
        """Wait until an expression in the page is true; return it."""
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline:
            if found := await self.read(condition):
                return found
            await asyncio.sleep(0.05)
        text = self.browser.find_element(By.TAG_NAME, "body").text
        raise AssertionError(f"{condition}\n{text[:2_000]}")

    async def choose(self, name: str, text: str) -> None:
        select = Select(self.browser.find_element(By.NAME, name))
        await asyncio.to_thread(select.select_by_visible_text, text)

    def answer(self) -> str:
        return self.browser.find_element(By.ID, "answer").text

    def of(self, symbol: str, label: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if (line["symbol"], line["label"]) == (symbol, label)]


@pytest.fixture(scope="module")
def filled(chdb_url: str) -> ClickHouseSettings:
    """A store with two symbols: one whose lures inform, one of chance alone."""
    store = ClickHouseSettings(url=chdb_url, database=unique_database())
    asyncio.run(fill_with_every_verdict(store))
    return store


@pytest.fixture
async def page(filled: ClickHouseSettings, browser: Chrome) -> AsyncIterator[ProofPage]:
    """The page, with what the API says."""
    async with served(filled) as (root, _):
        async with ClientSession(root) as client:
            answer = await (await client.get("/api/v1/proof")).json()
        yield ProofPage(browser, root, answer["lines"])
        lines = await asyncio.to_thread(browser.execute, "getLog", {"type": "browser"})
        bad = [line for line in lines["value"] if line["level"] in {"SEVERE", "WARNING"}]
        assert bad == []


def signed(figure: float) -> str:
    """As the page writes bps."""
    return f"{figure:+.2f}".replace("-", "\u2212")


async def test_a_stranger_reads_what_spoofs_are_worth(page: ProofPage) -> None:
    await page.open()
    assert await page.read("document.querySelector('[name=market]').selectedOptions[0].text") == (
        "all together"
    )
    await page.choose("market", INFORMED[1])
    await page.choose("label", "SPOOF")
    assert "Does SPOOF on BTCUSDT mean anything?" in page.answer()
    line = next(line for line in page.of(INFORMED[1], "SPOOF") if line["horizon_ms"] == 15_000)
    assert line["verdict"] == "informs"
    for said in (
        "informs at",
        f"15 s after it, mid had moved {signed(line['effect_bps'])} bps",
        f"95 %: {signed(line['low_bps'])} to {signed(line['high_bps'])}",
        "5 min: too few",
        "a judgement needs 10",
    ):
        assert said in page.answer()

    await page.choose("market", "all together")
    apart = [
        line
        for line in page.of("ALL", "SPOOF")
        if line["verdict"] == "no information" and (line["low_bps"] > 0 or line["high_bps"] < 0)
    ]
    assert [line["horizon_ms"] for line in apart] == [1_000]
    assert "At 1 s the interval leaves out zero." in page.answer()

    await page.choose("market", WALK[1])
    assert "interval leaves out zero" not in page.answer()
    assert "no information SPOOF (order closed)" in page.answer()
    assert "may be chance" in page.answer()
    assert "symbol=ETHUSDT" in page.browser.current_url
    assert "label=SPOOF" in page.browser.current_url


async def test_the_table_and_the_forest_show_the_lines_of_the_api(page: ProofPage) -> None:
    await page.open(f"?symbol={INFORMED[1]}&label=SPOOF")
    rows = await page.read(FIGURES)
    lines = page.of(INFORMED[1], "SPOOF")
    assert [row[2] for row in rows] == [line["verdict"] for line in lines]
    for row, line in zip(rows, lines, strict=True):
        assert row[3] == str(line["readings"])
        assert row[5] == signed(line["mean_bps"])
        tested = line["q"] is not None
        assert row[13] == (signed(line["effect_bps"]) if tested else "too few")
        assert row[14] == (
            f"{signed(line['low_bps'])} to {signed(line['high_bps'])}" if tested else "\u2013"
        )
    tested_lines = [line for line in lines if line["q"] is not None]
    assert 0 < len(tested_lines) < len(lines)
    await page.until(f"{FOREST}.dataset.drawn")
    drawn = await page.read(
        f"{FOREST}.data.filter(trace => trace.error_x).flatMap(trace => trace.x.map((x, i) =>"
        " [x - trace.error_x.arrayminus[i], x, x + trace.error_x.array[i]]))"
    )
    expected = [[line[name] for name in ("low_bps", "effect_bps", "high_bps")]
                for line in tested_lines]  # fmt: skip
    assert sorted(drawn) == [pytest.approx(interval) for interval in sorted(expected)]
    few = await page.read(f"{FOREST}.data.find(trace => trace.name === 'too few').y")
    assert few == ["SPOOF (order closed), 5 min"]
    path = await page.until("document.querySelector('.chart.path').data?.map(trace => trace.y)")
    assert path == [
        [0, *(line[name] for line in tested_lines)]
        for name in ("low_bps", "high_bps", "effect_bps")
    ]


async def test_filters_narrow_and_live_in_the_address(page: ProofPage) -> None:
    await page.open(f"?symbol={INFORMED[1]}")
    horizons = f"[...new Set({FIGURES}.map(cells => cells[1]))]"
    assert await page.read(horizons) == ["1 s", "5 s", "15 s", "1 min", "5 min"]
    await page.choose("horizon", "15 s")
    assert await page.read(horizons) == ["15 s"]
    await page.choose("kind", "order closed")
    assert {row[0] for row in await page.read(FIGURES)} >= {"SPOOF (order closed)"}
    await asyncio.to_thread(page.browser.refresh)
    await page.until(f"{FIGURES}.length > 0")
    assert await page.read(horizons) == ["15 s"]
    assert "kind=order_closed" in page.browser.current_url
    reset = page.browser.find_element(By.CSS_SELECTOR, "#choice [type=reset]")
    await asyncio.to_thread(reset.send_keys, Keys.ENTER)
    assert len(await page.read(horizons)) == 5
    row = page.browser.find_element(By.CSS_SELECTOR, "#glance tbody tr[data-verdict=informs]")
    await asyncio.to_thread(row.send_keys, Keys.ENTER)
    assert {row[0] for row in await page.read(FIGURES)} == {"SPOOF (order closed)"}
    await page.choose("label", "MARKUP")
    assert "Too few: none of these lines has the 10 independent stretches" in (
        page.browser.find_element(By.ID, "effects").text
    )
    assert await page.read(f"{FOREST}.hidden")
    await page.choose("label", "UNKNOWN")
    assert "points neither up nor down" in page.answer()


async def test_text_from_the_store_stays_text_in_both_themes(page: ProofPage) -> None:
    await page.open(f"?symbol={WALK[1]}")
    await page.choose("label", HOSTILE_LABEL)
    await page.until(f"{FOREST}.dataset.drawn")
    assert HOSTILE_LABEL in page.answer()
    assert HOSTILE_LABEL in page.browser.find_element(By.CSS_SELECTOR, ".chart.forest").text
    assert await page.read("document.querySelectorAll('main img').length") == 0
    assert "Proof" in page.browser.title
    grid = f"{FOREST}.layout.xaxis.gridcolor"
    before = await page.read(grid)
    await asyncio.to_thread(page.browser.find_element(By.ID, "theme").click)
    await page.until(f"{grid} !== {before!r}")


async def test_an_empty_store_says_so(chdb_url: str, browser: Chrome) -> None:
    store = ClickHouseSettings(url=chdb_url, database=unique_database())
    await (await started_sink(store)).stop()
    async with served(store) as (root, _):
        page = ProofPage(browser, root, [])
        await asyncio.to_thread(browser.get, f"{root}/proof")
        await page.until("document.getElementById('notice').textContent.startsWith('No outcomes')")
        assert await page.read("document.getElementById('judged').hidden")
