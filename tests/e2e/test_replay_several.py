"""Three real captures of one coin at once: each market as alone, and the same said of all."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from schemas.signals import CrossClock
from tests.e2e.signal_tables import Tables, replayed_tables, stored_tables
from tests.e2e.stack import RunningStack, get_json, until, wallwatch_up
from tests.support.markets.captures import CAPTURE, COINM_CAPTURE, SPOT_CAPTURE
from tests.support.servers.availability import unavailable

CAPTURES = {
    "binance_usdm": CAPTURE,
    "binance_spot": SPOT_CAPTURE,
    "binance_coinm": COINM_CAPTURE,
}
FRAMES = {
    "binance_usdm": (6_551, 21_313),
    "binance_spot": (3_451, 9_757),
    "binance_coinm": (26_847, 2_286),
}
"""Updates of the book and trades in each capture."""
DEPTH_RECORDS = 36_829
"""Made of them; one heartbeat more for each second in which the machine stalls."""
DEADLINE_S = 400
MEMORY_LIMIT_MB = 900
KILLS = 3

pytestmark = pytest.mark.capture


def named() -> list[str]:
    """Return the captures as they are given on the command line."""
    if missing := [str(path) for path in CAPTURES.values() if not path.is_file()]:
        unavailable(f"no capture at {', '.join(missing)}")
    return [f"{venue}:{path.resolve()}" for venue, path in CAPTURES.items()]


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """What `wallwatch replay` makes of the captures, as tables."""
    path = tmp_path_factory.mktemp("expected") / "signals.ndjson"
    return _without_clocks(replayed_tables(path, *named()))


def test_the_tables_equal_those_of_the_engines_alone(expected: Tables, tmp_path: Path) -> None:
    with _replaying(tmp_path, "max") as stack:
        report = _report(stack)
    assert len(expected["cross_1s"]) > 300
    assert _without_clocks(stored_tables(tmp_path / "data")) == expected
    frames = {name: market["frames"] for name, market in report["ingest"]["markets"].items()}
    assert {n: (f["DepthUpdate"], f["TradeUpdate"]) for n, f in frames.items()} == FRAMES
    assert report["records"]["market.depth"] >= DEPTH_RECORDS
    assert report["dead_letters"] == report["lag"] == report["gaps"] == report["restarts"] == 0
    assert set(report["ingest"]["markets"]) == set(report["exchange"]) == set(CAPTURES)
    assert report["rss_mb"]["total"]["peak"] < MEMORY_LIMIT_MB


def test_a_worker_killed_three_times_leaves_the_same_tables(
    expected: Tables, tmp_path: Path
) -> None:
    moments = sorted(random.sample(range(2_000, DEPTH_RECORDS - 5_000), KILLS))
    with _replaying(tmp_path, "10") as stack:
        status = f"{stack.page(150)}/api/v1/pipeline/status"
        for kills, moment in enumerate(moments, 1):
            _wait_until_applied(status, moment)
            stack.child("worker").kill()
            _wait_until_restarted(stack, kills)
        report = _report(stack)
    assert report["restarts"] == KILLS, moments
    assert report["dead_letters"] == report["lag"] == 0
    assert _without_clocks(stored_tables(tmp_path / "data")) == expected, moments


def _replaying(folder: Path, speed: str) -> Any:
    replays = [part for name in named() for part in ("--replay", name)]
    arguments = ("--once", "--json", "--data-dir", "data", "--speed", speed)
    return wallwatch_up(*replays, *arguments, cwd=folder)


def _report(stack: RunningStack) -> dict[str, Any]:
    stack.process.wait(timeout=DEADLINE_S)
    assert stack.process.returncode == 0, stack.said
    report: dict[str, Any] = json.loads(stack.output().splitlines()[-1])
    return report


def _without_clocks(tables: Tables) -> Tables:
    """Clocks rest on receive times, which another run has others of."""
    return {view: rows for view, rows in tables.items() if view != CrossClock.table}


def _wait_until_applied(status_url: str, depth_records: int) -> None:
    def applied() -> bool:
        topics: dict[str, Any] = get_json(status_url)["topics"]
        positions = topics.get("market.depth", {})
        return sum(int(position["next"]) for position in positions.values()) >= depth_records

    until(applied, 200, lambda: get_json(status_url))


def _wait_until_restarted(stack: RunningStack, times: int) -> None:
    until(lambda: stack.said.count("worker runs again") >= times, 90, lambda: stack.said)
