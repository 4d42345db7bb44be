"""`wallwatch backtest` as a person uses it: interrupted, continued, refused."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.e2e.stack import clean_environment, until, wallwatch_up
from tests.support.markets.simulated_capture import simulated_capture

DEADLINE_S = 200.0
# A shell's background jobs, and what they start, ignore Ctrl-C.
HEEDING_CTRL_C = [
    sys.executable,
    "-c",
    "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); "
    "os.execv(sys.argv[1], sys.argv[1:])",
]
COMMAND = [sys.executable, "-m", "compose.cli", "backtest"]
GRID = ["--grid", "threshold.min_usd=2e6,3e6,4e6,5e6,6e6,7e6,8e6,9e6"]


def command(capture: Path, folder: Path, *more: str) -> list[str]:
    given = [str(capture), "--tapes", str(folder / "tapes"), "--out", str(folder / "out")]
    return [*COMMAND, *given, "--json", *more]


def run(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        arguments,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
        env=clean_environment(),
    )


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return simulated_capture(tmp_path_factory.mktemp("capture") / "x", seconds=40)


def test_a_sweep_that_was_interrupted_is_continued(capture: Path, tmp_path: Path) -> None:
    points = tmp_path / "out" / "points.jsonl"
    arguments = command(capture, tmp_path, *GRID, "--processes", "1")
    with subprocess.Popen(
        [*HEEDING_CTRL_C, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=clean_environment(),
    ) as process:
        until(
            lambda: (
                process.poll() is not None or (points.exists() and b"\n" in points.read_bytes())
            ),
            DEADLINE_S,
            lambda: "no point is finished",
        )
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 130, errors
    assert "interrupted; what is finished is in" in errors
    assert "Traceback" not in errors
    kept = points.read_bytes()
    assert kept.endswith(b"\n")
    assert 1 <= kept.count(b"\n") < 9
    done = run(arguments)
    assert done.returncode == 0, done.stderr
    assert points.read_bytes().startswith(kept)
    assert points.read_bytes().count(b"\n") == 9
    report = json.loads(done.stdout)
    assert len(report["sweep"]["points"]) == 9
    assert report == json.loads((tmp_path / "out" / "backtest.json").read_text())
    other = run(command(capture, tmp_path, *GRID, "--set", "threshold.multiple=5"))
    assert (other.returncode, other.stdout) == (1, "")
    assert "holds points of other settings" in other.stderr
    assert points.read_bytes().count(b"\n") == 9


def test_what_is_chosen_is_a_settings_file(capture: Path, tmp_path: Path) -> None:
    grid = ("--grid", "threshold.min_usd=3e6", "--set", "classify.impact_ratio=0.3")
    done = run(command(capture, tmp_path, *grid))
    assert done.returncode == 0, done.stderr
    swept = json.loads(done.stdout)
    chosen = tmp_path / "out" / "chosen.toml"
    assert "engine.classify.impact_ratio = 0.3" in chosen.read_text()
    again = run(command(capture, tmp_path / "again", "--settings", str(chosen)))
    assert again.returncode == 0, again.stderr
    alone = json.loads(again.stdout)
    rows = pq.read_metadata(tmp_path / "out" / "outcomes.parquet").num_rows
    assert rows == swept["scorecard"]["outcomes"] > 0
    assert alone["settings_version"] == swept["settings_version"]
    assert alone["scorecard"] == swept["scorecard"]


def test_the_archive_of_a_live_run_gives_its_events(capture: Path, tmp_path: Path) -> None:
    replayed = ("--replay", str(capture), "--speed", "max", "--once", "--data-dir", "data")
    with wallwatch_up(*replayed, cwd=tmp_path, CLICKHOUSE__ARCHIVE_RAW="true") as stack:
        stack.process.wait(timeout=DEADLINE_S)
        assert stack.process.returncode == 0, stack.said
    store = tmp_path / "data" / "store"
    dumped = run([sys.executable, "-m", "tests.e2e.dump_store", str(store)])
    assert dumped.returncode == 0, dumped.stderr
    live = json.loads(dumped.stdout)
    given = ["--archive", "--clickhouse", f"chdb:{store}", "--out", str(tmp_path / "out")]
    done = run([*COMMAND, *given, "--tapes", str(tmp_path / "tapes"), "--json"])
    assert done.returncode == 0, done.stderr
    for table in ("large_order_events", "outcomes"):
        ids = pq.read_table(tmp_path / "out" / f"{table}.parquet")["event_id"].to_pylist()
        assert len(ids) > 0
        assert sorted(ids) == sorted(live[table])
