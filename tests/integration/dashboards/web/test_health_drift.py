"""A model that no longer fits is seen on the page Health, with the reason and what to do."""

import asyncio

import pytest
from selenium.webdriver import Chrome

from schemas.fate.drift import DRIFT_CURE, DRIFT_WINDOW
from schemas.settings import ClickHouseSettings
from schemas.signals import FATE_DRIFT, Alert, BookMetrics, FateOutcome, Signal
from tests.integration.dashboards.web.test_page import seen, served, writing
from tests.support.markets.records import START_MS, signal
from tests.support.servers.clickhouse_server import free_port, unique_database

pytestmark = pytest.mark.browser

REASON = "the model of the fate of orders drifts: p_pulled_60s was 40.0% and came true 90.0%"
CELL = "document.querySelector('#figures [data-field=drift] dd')"
CARD = "document.querySelector('[data-panel=\"health.drift\"]')"
ROW = f"[...{CARD}.querySelectorAll('tbody td')].map(cell => cell.textContent)"


def graded(since_ms: int, count: int, model: str = "abc") -> list[Signal]:
    """So many graded forecasts of BTCUSDT, one a second from `since_ms` on."""
    return [
        signal(
            FateOutcome,
            event_id=f"{model}{since_ms}{number}",
            event_time=since_ms + number * 1_000,
            fate_model_version=model,
        )
        for number in range(count)
    ]


def drifted(time_ms: int, model: str = "abc") -> Signal:
    return signal(
        Alert,
        event_id=f"drift@{time_ms}",
        event_time=time_ms,
        rule=FATE_DRIFT,
        level="WATCH",
        message=REASON,
        evidence={"model_version": model},
    )


async def test_a_model_that_drifts_is_told_with_reason_and_cure_until_it_fits_again(
    chdb_url: str, browser: Chrome
) -> None:
    store = ClickHouseSettings(url=chdb_url, database=unique_database())
    port = free_port()
    span_ms = DRIFT_WINDOW * 1_000
    async with writing(store) as write, served(store, port):
        await write([signal(BookMetrics)])
        await asyncio.to_thread(browser.get, f"http://127.0.0.1:{port}/health")
        await seen(browser, f"{CELL}.textContent", "no model is on")

        await write(graded(START_MS, 57))
        await seen(browser, f"{CELL}.textContent", "not compared yet")

        last_ms = START_MS + span_ms
        await write(
            [
                *graded(START_MS + 57_000, DRIFT_WINDOW - 57),
                drifted(last_ms),
                signal(BookMetrics, event_time=last_ms),
            ]
        )
        await seen(browser, f"{CELL}.textContent", "1 of 1")
        assert browser.execute_script(f"return {CELL}.dataset.sign") == "down"
        await seen(browser, f"{ROW}[1]", "drifts")
        row = browser.execute_script(f"return {ROW}")
        assert row[0] == "BTCUSDT"
        assert row[2:4] == [REASON, DRIFT_CURE]
        assert row[5] == str(DRIFT_WINDOW)

        # The next comparison told nothing: the model fits again.
        await write(graded(last_ms + 1, DRIFT_WINDOW))
        await seen(browser, f"{CELL}.textContent", "none")
        await seen(browser, f"{ROW}.slice(1, 4)", ["fits", "", ""])

        # Another model has its own record, and the alert about the first is none of it.
        later_ms = last_ms + span_ms
        await write([drifted(later_ms), *graded(later_ms + 1, 3, model="xyz")])
        await seen(browser, f"{CELL}.textContent", "not compared yet")
