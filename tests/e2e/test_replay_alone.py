"""`wallwatch replay` on the real capture: right books, and the same bytes every time."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.stack import clean_environment
from tests.support.markets.captures import CAPTURE
from tests.support.servers.availability import unavailable

APPLIED_DIFFS = 6_547

pytestmark = pytest.mark.capture


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The signals and the tops of book of one replay."""
    return replay(tmp_path_factory.mktemp("replay"))


def replay(folder: Path, *options: str) -> tuple[Path, Path]:
    if not CAPTURE.is_file():
        unavailable(f"no capture at {CAPTURE}")
    signals, tops = folder / "signals.ndjson", folder / "top.ndjson"
    command = [sys.executable, "-m", "compose.cli", "replay", str(CAPTURE)]
    done = subprocess.run(
        [*command, "--out", str(signals), "--book", str(tops), *(options or ("--parse",))],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=clean_environment(),
    )
    assert done.returncode == 0, done.stderr
    assert "6547 diffs and 21313 trades" in done.stderr
    assert "0 gaps, 0 dead letters" in done.stderr
    return signals, tops


def test_every_top_of_book_is_the_venues_own(replayed: tuple[Path, Path]) -> None:
    tops = [json.loads(line) for line in replayed[1].read_text(encoding="utf-8").splitlines()]
    assert len(tops) == APPLIED_DIFFS
    tickers = iter([*book_tickers(), {"u": float("inf")}])
    upcoming = next(tickers)
    newest: dict[str, Any] = {}
    for top in tops:
        while upcoming["u"] <= top["u"]:
            newest, upcoming = upcoming, next(tickers)
        assert top["bid"] == [float(newest["b"]), float(newest["B"])], top
        assert top["ask"] == [float(newest["a"]), float(newest["A"])], top
        assert top["bid"][0] < top["ask"][0], top


def test_two_runs_give_the_same_bytes(replayed: tuple[Path, Path], tmp_path: Path) -> None:
    again = replay(tmp_path)
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in replayed]


def test_a_replay_of_a_kept_tape_gives_the_same_bytes(
    replayed: tuple[Path, Path], tmp_path: Path
) -> None:
    tapes = tmp_path / "tapes"
    for _ in range(2):
        again = replay(tmp_path, "--tapes", str(tapes))
        assert [path.read_bytes() for path in again] == [path.read_bytes() for path in replayed]
        assert len(list(tapes.iterdir())) == 1


def test_every_signal_names_its_topic(replayed: tuple[Path, Path]) -> None:
    with replayed[0].open(encoding="utf-8") as file:
        topics = {json.loads(line)["topic"] for line in file}
    assert topics >= {"signals.large_orders", "signals.flow", "signals.book", "signals.actions"}


def book_tickers() -> Iterator[dict[str, Any]]:
    """Yield the bookTicker frames of the capture in its order."""
    with gzip.open(CAPTURE, "rt", encoding="utf-8") as file:
        for line in file:
            if "@bookTicker" in line[:80]:
                yield json.loads(line.split(" ", 1)[1])["data"]
