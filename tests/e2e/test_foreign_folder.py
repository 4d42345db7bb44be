"""The installed program in a folder with modules of other people that are named as ours."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.stack import clean_environment, get_json, until, wallwatch_up
from tests.support.markets.captures import CAPTURE
from tests.support.markets.simulated_capture import simulated_capture
from tests.support.servers.availability import unavailable

PROGRAM = Path(sys.executable).with_name("wallwatch")
PACKAGES = ("schemas", "ingest", "processors", "dashboards", "compose", "chdb", "aiohttp")
MODULES = ("faust", "msgspec", "json", "logging", "multiprocessing")
BROKEN = "raise RuntimeError(f'{__file__} is not ours to import')\n"
DEADLINE_S = 90


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A current directory whose modules all end whoever imports them."""
    for name in PACKAGES:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(BROKEN, encoding="utf-8")
    for name in MODULES:
        (tmp_path / f"{name}.py").write_text(BROKEN, encoding="utf-8")
    return tmp_path


def test_the_modules_would_be_imported_from_there(folder: Path) -> None:
    command = [sys.executable, "-c", "import schemas"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert "not ours to import" in done.stderr


def test_the_demo_runs_there(folder: Path) -> None:
    with wallwatch_up("--demo", cwd=folder, program=[str(PROGRAM)]) as stack:
        page = stack.page(DEADLINE_S)
        url = f"{page}/api/v1/large-orders/status"
        until(lambda: get_json(url)["symbols"], DEADLINE_S, lambda: stack.said)
        stack.interrupt()
        assert stack.process.returncode == 0
        assert "Traceback" not in stack.said
    for log in (folder / ".wallwatch" / "logs").iterdir():
        assert "not ours to import" not in log.read_text(errors="replace"), log


@pytest.mark.capture
def test_a_replay_runs_there(folder: Path) -> None:
    if not CAPTURE.is_file():
        unavailable(f"no capture at {CAPTURE}")
    out = folder / "signals.ndjson"
    done = subprocess.run(
        [PROGRAM, "replay", os.fspath(CAPTURE), "--out", os.fspath(out)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=clean_environment() | {"XDG_CACHE_HOME": os.fspath(folder / "cache")},
    )
    assert done.returncode == 0, done.stderr
    assert out.stat().st_size > 0
    assert list((folder / "cache" / "wallwatch" / "tapes").iterdir())


def test_the_processes_of_a_sweep_import_nothing_from_there(folder: Path) -> None:
    """Nor does a proxy of the environment matter to what is read from a file."""
    capture = simulated_capture(folder / "capture", seconds=20)
    grid = ("--grid", "threshold.min_usd=3e6", "--processes", "2", "--out", "out", "--json")
    done = subprocess.run(
        [PROGRAM, "backtest", os.fspath(capture), *grid, "--tapes", "tapes"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=clean_environment() | {"http_proxy": "http://127.0.0.1:9"},
    )
    assert done.returncode == 0, done.stderr
    assert "not ours to import" not in done.stderr
    assert len(json.loads(done.stdout)["sweep"]["points"]) == 2
