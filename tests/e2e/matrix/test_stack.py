"""All kinds of trouble at once in a whole stack: ingest, broker, worker, store and API.

Each kind has a symbol of its own; two symbols are left alone. The capture is played in real time,
so that what is live can be told from what has ended.
"""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from compose.brokers.probe import free_port
from schemas.clock import wall_ms
from tests.e2e.matrix.kinds import KINDS, Kind
from tests.e2e.matrix.market import OTHERS, SNAPSHOT_EVERY_MS, START_MS, sound_lines, write
from tests.e2e.matrix.run import Run
from tests.e2e.matrix.stage import staged, symbol_of
from tests.e2e.stack import RunningStack, get_json, until, wallwatch_up

SECONDS: Final = 16
UP_S: Final = 60.0
PLAYED_S: Final = 120.0
LOOKED_BACK_MS: Final = 600_000
VENUE: Final = "binance_usdm"

STAGED: Final = tuple(
    # What ends comes first, so that it is away for long enough.
    sorted((kind for kind in KINDS if kind.frame != "snapshot"), key=lambda kind: not kind.ends)
)
"""Snapshots come from the venue's REST interface here, not from the capture."""

Table = dict[str, dict[str, Any]]


@dataclass
class Seen:
    """What was seen of the stack, and what it left."""

    together: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Symbols by name at a moment at which one had ended and another had not."""
    counters: dict[str, float] = field(default_factory=dict)
    """Ingest's counters, at their highest."""
    gaps: dict[str, list[str]] = field(default_factory=dict)
    """States other than up and waiting, by symbol, as the API has them."""
    pipeline: dict[str, Any] = field(default_factory=dict)
    stored: dict[str, Table] = field(default_factory=dict)


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """Play the capture once."""
    folder = tmp_path_factory.mktemp("stack")
    lines = staged(sound_lines(seconds=SECONDS), STAGED)
    path = write(folder / "capture.gz", lines)
    metrics_port = free_port()
    found = Seen()
    arguments = ("--replay", str(path), "--speed", "1", "--data-dir", "data")
    with wallwatch_up(*arguments, cwd=folder, INGEST__METRICS_PORT=str(metrics_port)) as stack:
        page = stack.page(UP_S)
        metrics = f"http://127.0.0.1:{metrics_port}/metrics"
        until(lambda: _played(stack, page, metrics, found), PLAYED_S, lambda: stack.said[-2_000:])
        found.gaps = {symbol_of(n): _gaps(page, symbol_of(n)) for n in range(len(STAGED))}
        found.pipeline = get_json(f"{page}/api/v1/pipeline/status")
        stack.interrupt()
    found.stored = _stored(folder / "data" / "store")
    return found


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The two other symbols by themselves, without a stack."""
    lines = staged(sound_lines(seconds=SECONDS), ())
    return Run(write(tmp_path_factory.mktemp("alone") / "capture", lines))


def test_the_others_have_the_rows_of_an_undisturbed_run(seen: Seen, undisturbed: Run) -> None:
    for symbol in OTHERS:
        expected: dict[str, Table] = {table: {} for table in seen.stored}
        for signal in undisturbed.signals[symbol]:
            document = json.loads(signal.model_dump_json())
            del document["received_us"]
            expected[signal.table][signal.event_id] = document
        found = {
            table: {key: row for key, row in rows.items() if row["symbol"] == symbol}
            for table, rows in seen.stored.items()
        }
        assert found == expected
        assert len(expected["book_1s"]) >= SECONDS - SNAPSHOT_EVERY_MS // 1_000


@pytest.mark.parametrize("number", range(len(STAGED)), ids=[kind.name for kind in STAGED])
def test_what_hit_a_symbol_is_told_of_it_in_the_api(number: int, seen: Seen) -> None:
    kind, gaps = STAGED[number], seen.gaps[symbol_of(number)]
    if kind.told_by or kind.ends:
        assert set(gaps) & ({"silent"} if kind.ends else {"gap"})
    else:
        assert gaps == []


@pytest.mark.parametrize("number", range(len(STAGED)), ids=[kind.name for kind in STAGED])
def test_a_hit_symbol_goes_on(number: int, seen: Seen) -> None:
    times = [
        row["event_time"]
        for row in seen.stored["book_1s"].values()
        if row["symbol"] == symbol_of(number) and row["is_valid"]
    ]
    # A book that was lost just after the last snapshot is not whole again.
    end_ms = START_MS + SECONDS * 1_000 - SNAPSHOT_EVERY_MS
    assert (max(times) >= end_ms) is not STAGED[number].ends


def test_what_has_ended_is_not_live_while_others_are(seen: Seen) -> None:
    ended, other = seen.together[_ended()], seen.together[OTHERS[0]]
    assert (other["state"], other["stale_ms"], other["reason"]) == ("live", 0, "")
    assert other["context"]["book_is_valid"] is True
    assert ended["state"] == "stale"
    assert ended["stale_ms"] >= 5_000
    assert ended["reason"]
    assert ended["context"]["book_is_valid"] is False
    assert ended["summary"]["final_action"] == "UNKNOWN"


def test_every_loss_is_in_a_counter(seen: Seen) -> None:
    ahead = _count(lambda kind: "ahead" in kind.name or "microseconds" in kind.name)
    refused = _count(lambda kind: kind.told_by == "letters")
    assert seen.counters["wallwatch_ingest_times_ahead_total"] >= ahead
    assert seen.counters['wallwatch_ingest_frames_total{kind="malformed"}'] >= refused
    assert seen.counters["wallwatch_ingest_gaps_total"] >= _count(
        lambda kind: kind.frame == "depth" and kind.told_by == "letters"
    )
    contradictions = _count(lambda kind: kind.told_by == "resets") - 1  # One is a lost frame.
    assert seen.counters["wallwatch_ingest_book_contradictions_total"] >= contradictions
    assert seen.counters["wallwatch_ingest_unsound_trade_ranges_total"] >= _count(
        lambda kind: kind.frame == "aggTrade" and kind.told_by == "letters"
    )


def test_no_engine_stopped_and_nothing_was_started_again(seen: Seen) -> None:
    counters = seen.pipeline["counters"]
    assert (counters["faults"], counters["faulted_records"]) == ({}, 0)
    assert counters["lost_records"] == counters["gaps"] == 0


def _count(condition: Callable[[Kind], bool]) -> int:
    return sum(map(condition, STAGED))


def _ended() -> str:
    return symbol_of(next(n for n, kind in enumerate(STAGED) if kind.ends))


def _played(stack: RunningStack, page: str, metrics: str, found: Seen) -> bool:
    """Note what there is to see; return whether the replay is over."""
    found.counters |= _counters(metrics)
    status = get_json(f"{page}/api/v1/large-orders/status")["symbols"]
    symbols = {entry["symbol"]: entry for entry in status}
    states = {symbol: entry["state"] for symbol, entry in symbols.items()}
    if not found.together and (states.get(_ended()), states.get(OTHERS[0])) == ("stale", "live"):
        found.together = symbols
    return "processed and stored" in stack.said


def _counters(url: str) -> dict[str, float]:
    try:
        with urllib.request.urlopen(url, timeout=10) as response:
            text = response.read().decode()
    except OSError:
        # Ingest ends with the capture.
        return {}
    lines = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in lines}


def _gaps(page: str, symbol: str) -> list[str]:
    # States of streams are of the clock of ingest, not of the market.
    answer = get_json(
        f"{page}/api/v1/panels/health.stream_history?symbol={symbol}&venue={VENUE}"
        f"&from_ms={wall_ms() - LOOKED_BACK_MS}&to_ms={wall_ms()}"
    )["columns"]
    streams = ("@depth", "@aggTrade", "@markPrice")
    return [
        state
        for stream, state in zip(answer["stream"], answer["state"], strict=True)
        if state in ("gap", "silent") and any(kind in stream for kind in streams)
    ]


def _stored(store: Path) -> dict[str, Table]:
    command = [sys.executable, "-m", "tests.e2e.dump_store", str(store)]
    done = subprocess.run(command, check=True, timeout=60, capture_output=True, text=True)
    tables: dict[str, Table] = json.loads(done.stdout)
    for rows in tables.values():
        for row in rows.values():
            del row["received_us"]
            if isinstance(row.get("evidence"), str):
                row["evidence"] = json.loads(row["evidence"])
    return tables
