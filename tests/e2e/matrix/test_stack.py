"""All kinds of trouble at once in a whole stack: ingest, broker, worker, store, API and page.

Each kind has a symbol of its own; two symbols are left alone. The capture is played in real time,
so that what is live can be told from what has ended. What can happen to a whole stack happens to
this one: an environment with a proxy that refuses, a time zone that is none and no home, and a
second worker that comes with the name of the first.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from compose.brokers.probe import free_port
from compose.stack.service_child import WALLWATCH
from schemas.clock import wall_ms
from tests.e2e.matrix.kinds import KINDS, QUOTED, Kind
from tests.e2e.matrix.market import OTHERS, SNAPSHOT_EVERY_MS, START_MS, sound_lines, write
from tests.e2e.matrix.run import Run
from tests.e2e.matrix.stage import staged, symbol_of
from tests.e2e.stack import RunningStack, clean_environment, get_json, until, wallwatch_up
from tests.support.servers.availability import unavailable
from tests.support.servers.browser import running_browser

SECONDS: Final = 32
"""What ends has moved for long enough before to be missed before the others end."""
PARTITIONS: Final = 4
UP_S: Final = 60.0
PLAYED_S: Final = 120.0
LOOKED_BACK_MS: Final = 600_000
VENUE: Final = "binance_usdm"

STAGED: Final = tuple(
    # What ends comes first, so that it is away for long enough.
    sorted(
        (kind for kind in (*KINDS, QUOTED) if kind.frame != "snapshot"),
        key=lambda kind: not kind.ends,
    )
)
"""Snapshots come from the venue's REST interface here, not from the capture."""
NAMES: Final = tuple(symbol_of(n, kind.quote) for n, kind in enumerate(STAGED))
UNVALUED: Final = NAMES[STAGED.index(QUOTED)]
ODD_ENVIRONMENT: Final = (
    *("env", "-u", "HOME", "-u", "no_proxy", "-u", "NO_PROXY"),
    *(f"{name}=http://127.0.0.1:9" for name in ("http_proxy", "HTTPS_PROXY", "ALL_PROXY")),
    *("TZ=:/none", "LC_ALL=C"),
)

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
    page: dict[str, str] | None = None
    """What the page said of symbols; None without a browser."""
    second_worker: tuple[int, str] = (0, "")
    """How the worker with the name of another ended, and what it said."""


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """Play the capture once."""
    folder = tmp_path_factory.mktemp("stack")
    lines = staged(sound_lines(seconds=SECONDS), STAGED)
    path = write(folder / "capture.gz", lines)
    metrics_port = free_port()
    found = Seen()
    arguments = ("--replay", str(path), "--speed", "1", "--data-dir", "data")
    settings = {"INGEST__METRICS_PORT": str(metrics_port), "KAFKA__PARTITIONS": str(PARTITIONS)}
    program = (*ODD_ENVIRONMENT, *WALLWATCH)
    with wallwatch_up(*arguments, cwd=folder, program=program, **settings) as stack:
        page = stack.page(UP_S)
        metrics = f"http://127.0.0.1:{metrics_port}/metrics"
        until(lambda: _played(stack, page, metrics, found), PLAYED_S, lambda: stack.said[-2_000:])
        found.page, found.second_worker = _looked_at(page, folder), _second_worker(stack, folder)
        found.gaps = {name: _gaps(page, name) for name in NAMES}
        found.pipeline = get_json(f"{page}/api/v1/pipeline/status")
        stack.interrupt()
    found.stored = stored(folder / "data" / "store")
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
    kind, gaps = STAGED[number], seen.gaps[NAMES[number]]
    if kind.told_by or kind.ends:
        assert set(gaps) & ({"silent"} if kind.ends else {"gap"})
    else:
        # Where the machine stands still for seconds, every stream is silent.
        assert "gap" not in gaps


@pytest.mark.parametrize("number", range(len(STAGED)), ids=[kind.name for kind in STAGED])
def test_a_hit_symbol_goes_on(number: int, seen: Seen) -> None:
    times = [
        row["event_time"]
        for row in seen.stored["book_1s"].values()
        if row["symbol"] == NAMES[number] and row["is_valid"]
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


def test_a_quote_without_a_value_is_told_of_its_symbol_alone(seen: Seen) -> None:
    contexts = {name: seen.together[name]["context"] for name in (UNVALUED, *OTHERS)}
    worth = [(context["quote"], context["quote_usd"]) for context in contexts.values()]
    assert worth == [("TRY", None), ("USDT", 1.0), ("USDT", 1.0)]
    assert seen.counters["wallwatch_ingest_symbols_unvalued"] == 1


@pytest.mark.browser
def test_what_hit_a_symbol_is_told_on_the_page(seen: Seen) -> None:
    if seen.page is None:
        unavailable("no chromium and chromedriver on the PATH")
    assert "$" not in seen.page[UNVALUED]
    assert "not live" in seen.page[_ended()]


def test_a_worker_with_the_name_of_another_says_so_and_ends(seen: Seen) -> None:
    code, said = seen.second_worker
    assert code == 1
    assert "the instance id worker-1 is taken by the worker with process id" in said


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
    return NAMES[next(n for n, kind in enumerate(STAGED) if kind.ends)]


def _second_worker(stack: RunningStack, folder: Path) -> tuple[int, str]:
    """Start a worker beside the stack's, whose default name it has; return how it ended."""
    address = re.search(r"broker: .* at (\S+)", stack.said)
    assert address is not None
    store = f"chdb:{folder / 'second'}"
    words = [*WALLWATCH, "worker", "--brokers", address[1], "--clickhouse", store, "--no-web"]
    environment = {**clean_environment(), "WALLWATCH_KAFKA__PARTITIONS": str(PARTITIONS)}
    done = subprocess.run(
        words, check=False, timeout=PLAYED_S, capture_output=True, text=True, env=environment
    )
    return done.returncode, done.stderr


def _looked_at(page: str, folder: Path) -> dict[str, str] | None:
    """Return what the page says of two symbols."""
    if shutil.which("chromium") is None or shutil.which("chromedriver") is None:
        return None
    drawn = "[...document.querySelectorAll('[data-panel=\"flow.delta\"] .ytick text')]"
    ticks = f"{drawn}.map(tick => tick.textContent).join()"
    places = {
        UNVALUED: (f"/flow?symbol={UNVALUED}", ticks, "TRY"),
        _ended(): (
            f"/large-orders/{_ended()}",
            f"document.querySelector('section[data-symbol={_ended()}]')?.innerText ?? ''",
            "not live",
        ),
    }
    said = {}
    with running_browser(folder / "chromium") as browser:
        for name, (address, script, awaited) in places.items():
            browser.get(page + address)

            def text(script: str = script, awaited: str = awaited) -> str:
                found = str(browser.execute_script(f"return {script}"))
                return found if awaited in found else ""

            said[name] = until(text, UP_S, lambda: "the page")
    return said


def _played(stack: RunningStack, page: str, metrics: str, found: Seen) -> bool:
    """Note what there is to see; return whether the replay is over."""
    found.counters |= counters_of(metrics)
    try:
        status = get_json(f"{page}/api/v1/large-orders/status")["symbols"]
    except TimeoutError:
        return False  # A busy machine: what counts is the deadline.
    symbols = {entry["symbol"]: entry for entry in status}
    states = {symbol: entry["state"] for symbol, entry in symbols.items()}
    # Where the machine stands still for a while, a stream of the other is told as well.
    is_whole = OTHERS[0] in symbols and not symbols[OTHERS[0]]["reason"]
    pair = (states.get(_ended()), states.get(OTHERS[0]))
    if not found.together and is_whole and pair == ("stale", "live"):
        found.together = symbols
    return "processed and stored" in stack.said


def counters_of(url: str) -> dict[str, float]:
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
    streams = (" depth@", " aggTrade", " markPrice@")
    return [
        state
        for stream, state in zip(answer["stream"], answer["state"], strict=True)
        if state in ("gap", "silent") and any(kind in stream for kind in streams)
    ]


def stored(store: Path) -> dict[str, Table]:
    command = [sys.executable, "-m", "tests.e2e.dump_store", str(store)]
    done = subprocess.run(command, check=True, timeout=60, capture_output=True, text=True)
    tables: dict[str, Table] = json.loads(done.stdout)
    for rows in tables.values():
        for row in rows.values():
            del row["received_us"]
            if isinstance(row.get("evidence"), str):
                row["evidence"] = json.loads(row["evidence"])
    return tables
