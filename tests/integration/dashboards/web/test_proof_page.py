"""The page Proof in a real browser, over outcomes whose truth is known."""

import asyncio
import json
import shlex
import sys
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

from schemas.clickhouse.connect import connect
from schemas.settings import ClickHouseSettings, Settings, SqlSettings
from tests.integration.dashboards.sql.conftest import serving_sql
from tests.integration.dashboards.web.test_api import served
from tests.support.markets.proof_store import (
    HOSTILE_LABEL,
    INFORMED,
    WALK,
    fill_with_every_verdict,
    fill_with_many_readings,
)
from tests.support.processing.sink import started_sink
from tests.support.servers.axe import serious_findings
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


async def test_the_command_and_the_sql_that_the_page_names_give_its_figures(
    page: ProofPage,
) -> None:
    """A stranger copies both from the page and runs them as they are."""
    await page.open(f"?symbol={INFORMED[1]}&label=SPOOF")
    shown = await page.read(FIGURES)
    command = await page.read("document.querySelector('#elsewhere .command').textContent")
    query = await page.read("document.querySelector('#elsewhere .sql').textContent")

    program, *arguments = shlex.split(command)
    assert program == "wallwatch"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "compose.cli", *arguments, "--json"),
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    printed = json.loads(out)["lines"]
    async with (
        ClientSession(page.root) as client,
        client.post("/api/v1/sql", json={"query": query}) as reply,
    ):
        answer = await reply.json()
    assert "columns" in answer, answer
    names = [column["name"] for column in answer["columns"]]
    rows = [dict(zip(names, row, strict=True)) for row in answer["rows"]]

    assert len(shown) == len(printed) == len(rows) == len(page.of(INFORMED[1], "SPOOF"))
    for cells, line, row in zip(shown, printed, rows, strict=True):
        assert (row["reading_kind"], row["label"]) == (line["kind"], line["label"])
        assert row["horizon_ms"] == line["horizon_ms"]
        assert cells[2] == line["verdict"]
        for source in (line, row):
            assert cells[3:5] == [str(source["readings"]), str(source["void"])]
            assert cells[5:7] == [signed(source["mean_bps"]), signed(source["median_bps"])]
            assert cells[7] == f"{100 * source['hit_rate']:.0f} %"
            assert cells[8:10] == [
                f"{source[name]:.2f}" for name in ("favourable_bps", "adverse_bps")
            ]
            assert cells[10] == signed(source["net_bps"])
        if line["q"] is not None:
            interval = f"{signed(line['low_bps'])} to {signed(line['high_bps'])}"
            assert cells[13:15] == [signed(line["effect_bps"]), interval]
            assert cells[16] == f"{line['q']:.3f}"
    assert any(line["q"] is not None for line in printed)


async def test_what_suggestions_lost_is_told_with_its_share(page: ProofPage) -> None:
    await page.open(f"?symbol={INFORMED[1]}")
    shown = page.browser.find_element(By.ID, "suggestions")
    assert "Of 6 suggestions 4 were entered; 3 of these lost no more than the amount." in shown.text
    cells = "[...document.querySelectorAll('#suggestions tbody tr')].map(row => row.innerText)"
    (row,) = await page.read(cells)
    assert row.split("\t") == [
        *("DEFENSIVE_BUY", "6", "4", "3", "75.0 %", "30.1 % to 95.4 %", "2", "$47.5", "1.30"),
        *("1", "1", "1", "0"),
    ]
    forecasts = page.browser.find_element(By.ID, "forecasts").text
    assert "pulled within 60 s BTCUSDT 4 40.0 % 50.0 %" in forecasts
    macro = page.browser.find_element(By.ID, "macro").text
    assert "No skill yet: no forecast is over" in macro
    await page.choose("label", "SPOOF")
    assert "None was told of this choice." in shown.text
    await page.choose("market", WALK[1])
    assert "None was told of this choice." in shown.text


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


async def test_the_surest_readings_come_first_and_all_on_demand(
    chdb_url: str, browser: Chrome
) -> None:
    """Long tables are asked for: on a phone the page stays within some screens."""
    store = ClickHouseSettings(url=chdb_url, database=unique_database())
    await fill_with_many_readings(store)
    phone = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
    async with served(store) as (root, _):
        page = ProofPage(browser, root, [])
        await page.open(f"?symbol={INFORMED[1]}")
        every = browser.find_element(By.ID, "every")
        figures = browser.find_element(By.CSS_SELECTOR, "#lines details")
        verdicts = (
            "[...document.querySelectorAll('#glance tbody tr')].map(row => row.dataset.verdict)"
        )
        height = "document.documentElement.scrollHeight"
        known = len({row[0] for row in await page.read(FIGURES)})
        assert known == 16
        first = await page.read(verdicts)
        assert (len(first), first[0]) == (8, "informs")
        assert every.text == f"Show all {known} readings"
        assert figures.get_attribute("open") is None
        await page.until(f"{FOREST}.dataset.drawn")
        assert await page.read(height) < 10 * phone["height"]
        assert await page.read("document.documentElement.scrollWidth") == phone["width"]
        current = "document.querySelector('#menu [aria-current]').getBoundingClientRect()"
        assert await page.read(f"{current}.left") >= 0
        assert await page.read(f"{current}.right") <= phone["width"]
        assert await asyncio.to_thread(serious_findings, browser) == []

        await asyncio.to_thread(every.send_keys, Keys.ENTER)
        assert every.get_attribute("aria-expanded") == "true"
        assert len(await page.read(verdicts)) == known
        summary = figures.find_element(By.TAG_NAME, "summary")
        await asyncio.to_thread(summary.send_keys, Keys.ENTER)
        assert figures.get_attribute("open") == "true"
        assert await asyncio.to_thread(serious_findings, browser) == []
        await asyncio.to_thread(every.send_keys, Keys.ENTER)
        assert await page.read(verdicts) == first
        await page.choose("label", "SPOOF_0")
        assert not every.is_displayed()
        assert figures.get_attribute("open") == "true"


async def test_the_curl_line_gives_the_figures(filled: ClickHouseSettings, browser: Chrome) -> None:
    """As a shell runs it: nothing needs to be put in."""
    store = connect(filled)  # The engine is open for as long as the page is served.
    async with serving_sql(Settings(clickhouse=filled)) as asked:
        async with served(filled, SqlSettings(port=asked.port)) as (root, _):
            page = ProofPage(browser, root, [])
            await page.open(f"?symbol={INFORMED[1]}&label=SPOOF")
            await page.until("!document.getElementById('shell').hidden")
            line = await page.read("document.querySelector('#elsewhere .curl').textContent")
            shown = await page.read(FIGURES)
        process = await asyncio.create_subprocess_exec(
            *("bash", "-c", line.replace("PrettyCompact", "JSONEachRow")),
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await process.communicate()
    store.close()
    rows = [json.loads(row) for row in out.splitlines()]
    assert [row[3] for row in shown] == [str(row["readings"]) for row in rows]


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
