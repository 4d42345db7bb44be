"""`wallwatch up`: a stranger sees walls being opened, defended, swept and pulled."""

from __future__ import annotations

import json
import signal
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from tests.e2e.stack import RunningStack, alive, get_json, until, wallwatch_up

PAGE_DEADLINE_S = 90
CLASSES_DEADLINE_S = 60
MEMORY_LIMIT_MB = 900
STOP_LIMIT_S = 5
TOKEN = "of this test"
UNGRADED = """
WITH
    (SELECT groupUniqArray(event_id) FROM outcomes) AS known,
    readings AS
    (
        SELECT venue, symbol, event_id, event_time FROM large_order_events WHERE state = 'closed'
        UNION ALL
        SELECT venue, symbol, event_id, event_time FROM alerts WHERE rule NOT IN ('chain', 'cross')
        UNION ALL
        SELECT venue, symbol, event_id, event_time
        FROM
        (
            SELECT venue, symbol, event_id, event_time, final_action,
                   lagInFrame(toString(final_action)) OVER
                       (PARTITION BY venue, symbol ORDER BY event_time, event_id) AS before
            FROM actions
        )
        WHERE final_action != before
    )
SELECT count() AS readings,
       countIf(NOT has(known, concat(event_id, '@', toString(horizon_ms)))) AS missing,
       (SELECT count() - uniqExact(event_id) FROM outcomes) AS twice,
       (SELECT countIf((void_reason IS NULL) = (move_bps IS NULL)) FROM outcomes) AS without_reason
FROM readings
ARRAY JOIN [1000, 5000, 15000] AS horizon_ms
WHERE event_time + horizon_ms + 5000 < (SELECT max(event_time) FROM book_1s)
"""
"""Closed orders, alerts and changes of the action without an outcome 5 s after their horizon. A
chain is graded the first time that it is told, and told again under the same id."""
EXPECTED_CLASSES = {"DEFENSIVE_BUY", "DEFENSIVE_SELL", "SWEEP_BUY", "SWEEP_SELL", "SPOOF"}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """One demo for the tests of this file."""
    folder = tmp_path_factory.mktemp("demo")
    with wallwatch_up("--demo", "--json", cwd=folder, WEB__TOKEN=TOKEN) as stack:
        stack.page(PAGE_DEADLINE_S)
        yield stack


def test_every_class_is_shown_within_a_minute(demo: RunningStack) -> None:
    page = demo.page(1)
    seen: set[str] = set()

    def all_seen() -> bool:
        status = get_json(f"{page}/api/v1/large-orders/status")
        for entry in status["symbols"]:
            document = get_json(f"{page}/api/v1/large-orders/detect?symbol={entry['symbol']}")
            seen.update(order["classification"] for order in document["orders"])
        return seen >= EXPECTED_CLASSES

    until(all_seen, CLASSES_DEADLINE_S, lambda: f"seen so far: {seen}")


@pytest.mark.browser
def test_the_table_fills_and_changes_by_itself(demo: RunningStack, browser: Chrome) -> None:
    browser.get(f"{demo.page(1)}/large-orders")

    def rows() -> list[str]:
        # Read in one step in the page: rows are replaced while we look.
        script = "return [...document.querySelectorAll('table tbody tr')].map(r => r.innerText)"
        found: list[str] = browser.execute_script(script)
        return [text for text in found if "\t" in text]

    first = until(rows, 30, lambda: browser.find_element(By.TAG_NAME, "body").text)
    until(lambda: rows() != first, 10, lambda: f"still {first}")


def test_the_stack_stays_small_and_polite(demo: RunningStack) -> None:
    status = get_json(f"{demo.page(1)}/api/v1/pipeline/status")
    assert status["counters"]["dead_letters"] == 0
    assert 0 < status["rss_mb"]["total"] < MEMORY_LIMIT_MB


def test_a_threshold_that_is_put_over_http_is_soon_in_force(demo: RunningStack) -> None:
    page, floor_usd = demo.page(1), 5e7
    url = f"{page}/api/v1/settings/engine.threshold.floor_usd?symbol=SOLUSDT"
    request = urllib.request.Request(url, f"{floor_usd:f}".encode(), method="PUT")
    request.add_header("Authorization", f"Bearer {TOKEN}")
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert json.load(answer)["value"] == floor_usd

    def thresholds() -> dict[str, float]:
        symbols = get_json(f"{page}/api/v1/large-orders/status")["symbols"]
        return {state["symbol"]: state["context"]["threshold_usd"] for state in symbols}

    until(lambda: thresholds()["SOLUSDT"] >= floor_usd, 30, thresholds)
    assert thresholds()["BTCUSDT"] < floor_usd


def test_a_killed_worker_comes_back_at_the_same_address(demo: RunningStack) -> None:
    page = demo.page(1)
    demo.child("worker").kill()
    until(lambda: "worker runs again" in demo.said, 60, lambda: demo.said)

    def caught_up() -> bool:
        status: dict[str, Any] = get_json(f"{page}/api/v1/pipeline/status")
        records: int = status["counters"]["records"].get("market.depth", 0)
        return bool(status["ready"]) and records > 0

    until(caught_up, 30, lambda: get_json(f"{page}/api/v1/pipeline/status"))


def test_every_reading_is_graded_once_although_the_worker_was_killed(demo: RunningStack) -> None:
    """Closed orders, alerts and changes of the action, at every horizon that is over."""
    page = demo.page(1)

    def graded() -> dict[str, int]:
        body = json.dumps({"query": UNGRADED}).encode()
        request = urllib.request.Request(f"{page}/api/v1/sql", body, method="POST")
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=30) as answer:
            document = json.load(answer)
        names = [column["name"] for column in document["columns"]]
        return dict(zip(names, document["rows"][0], strict=True))

    found = until(lambda: counts if (counts := graded())["readings"] > 20 else None, 60, graded)
    assert (found["missing"], found["twice"], found["without_reason"]) == (0, 0, 0)


def test_ctrl_c_stops_everything_in_time_with_a_report(demo: RunningStack) -> None:
    family = demo.family()
    took_s, output = demo.interrupt(signal.SIGINT)
    assert demo.process.returncode == 0, demo.said
    assert took_s < STOP_LIMIT_S
    assert alive(family) == []
    report = json.loads(output.splitlines()[-1])
    assert report["dead_letters"] == 0
    assert report["restarts"] == 1
    assert report["exchange"]["http_429"] == report["exchange"]["http_418"] == 0
    assert report["rss_mb"]["total"]["peak"] < MEMORY_LIMIT_MB
    assert all(report["records"][topic] > 0 for topic in ("market.depth", "market.trades"))


def test_a_second_stack_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    with wallwatch_up("--data-dir", str(tmp_path / "data"), cwd=tmp_path) as first:
        first.page(PAGE_DEADLINE_S)
        with wallwatch_up("--data-dir", str(tmp_path / "data"), cwd=tmp_path) as second:
            second.process.wait(timeout=30)
            assert second.process.returncode == 1
            assert f"in use by a running stack (pid {first.process.pid})" in second.said
        family = first.family()
        first.process.kill()
        first.process.wait(timeout=5)
    _, left = psutil.wait_procs(family, timeout=8)
    assert alive(left) == []
