"""Every fault of the built-in exchange against the real ingest service and a real broker.

For each: the book that a reader of `market.depth` builds equals the exchange's own again within a
stated time, its best levels were right after every update ever published, no other symbol noticed,
the loss is on `market.status` and in a counter, nobody was banned, and nothing was left behind.
"""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from compose.brokers.noida import NoidaBroker
from compose.topics import ensure_topics
from schemas.market import ResetReason, StreamState
from schemas.settings import KafkaSettings
from tests.support.faults import HIT, OTHER, PARTITIONS, rig

DEPTH, TRADE, MARK = "btcusdt@depth@100ms", "btcusdt@aggTrade", "btcusdt@markPrice@1s"
OTHER_DEPTH, OTHER_TRADE = "ethusdt@depth@100ms", "ethusdt@aggTrade"
OVER_S = 30.0
"""The longest fault and some."""
WINDOW_S = 5.0
"""A minute of weight, so that nobody has to wait for a whole one."""
LEFT_S = 15.0
"""A stream that stays silent is tried on new connections, first often, then ever more rarely."""

GAP, DISCONNECT = ResetReason.GAP, ResetReason.DISCONNECT
UP, SILENT, DOWN = StreamState.UP, StreamState.SILENT, StreamState.DOWN
LOST = StreamState.GAP

Fault = dict[str, Any]
DROP: Fault = {"kind": "drop", "symbol": HIT, "after_frames": 10}


@dataclass(frozen=True)
class Case:
    """A fault, what it may cost and how it must show."""

    name: str
    faults: tuple[Fault, ...]
    within_s: float
    """From the end of the fault until the book is right again."""
    resets: tuple[ResetReason, ...] = ()
    """Why the book of the symbol was lost; empty: it was not."""
    states: dict[str, StreamState] = field(default_factory=dict)
    """A state that each of these streams must have been reported in."""
    counters: dict[str, int] = field(default_factory=dict)
    """Least values of the report."""
    during: bool = False
    """The book is right again while the fault still lasts; times count from its begin."""
    shared: bool = False
    """The fault is one of a connection that carries the other symbol too."""
    time_scale: float = 5.0
    exchange: dict[str, Any] = field(default_factory=dict)
    ingest: dict[str, Any] = field(default_factory=dict)
    letters: int = 0
    """Least number of dead letters."""
    refusals: tuple[int, int] = (0, 0)
    """Greatest number of answers 429 and 418."""


CASES = (
    Case("drop", (DROP,), 6, (GAP,), {DEPTH: LOST}, {"gaps": 1, "resyncs": 1}),
    Case(
        "reorder",
        ({**DROP, "kind": "reorder"},),
        6,
        (GAP,),
        {DEPTH: LOST},
        {"gaps": 1, "resyncs": 1},
    ),
    Case(
        "duplicate",
        ({**DROP, "kind": "duplicate", "count": 3},),
        6,
        counters={"stale_diffs_dropped": 3},
    ),
    Case(
        "old snapshot",
        ({"kind": "old_snapshot", "symbol": HIT, "count": 2}, DROP),
        8,
        (GAP,),
        {DEPTH: LOST},
        {"snapshots_refused": 1, "resyncs": 3},
    ),
    Case(
        "snapshot at the id of an update",
        ({"kind": "aligned_snapshot", "symbol": HIT}, DROP),
        6,
        (GAP,),
        {DEPTH: LOST},
        {"resyncs": 1},
    ),
    Case(
        "slow snapshot",
        ({"kind": "slow_snapshot", "symbol": HIT, "delay_s": 5}, DROP),
        6,
        (GAP,),
        {DEPTH: LOST},
        {"resyncs": 1},
    ),
    Case(
        "snapshot slower than the patience",
        ({"kind": "slow_snapshot", "symbol": HIT, "delay_s": 10}, DROP),
        8,
        (GAP,),
        {DEPTH: LOST},
        {"resyncs": 2},
        ingest={"snapshot_timeout_s": 0.5},
    ),
    Case(
        "failing snapshot",
        ({"kind": "failing_snapshot", "symbol": HIT, "count": 3}, DROP),
        6,
        (GAP,),
        {DEPTH: LOST},
        {"resyncs": 4},
    ),
    Case(
        "truncated snapshot",
        ({"kind": "truncated_snapshot", "symbol": HIT}, DROP),
        6,
        (GAP,),
        {DEPTH: LOST},
        {"resyncs": 2},
    ),
    Case(
        "snapshot cut off with its connection",
        ({"kind": "truncated_snapshot", "symbol": HIT, "how": "connection"}, DROP),
        6,
        (GAP,),
        {DEPTH: LOST},
        {"resyncs": 2},
    ),
    Case(
        "closed with a close frame",
        ({"kind": "close", "symbol": HIT, "route": "public"},),
        6,
        (DISCONNECT,),
        {DEPTH: DOWN},
        {"reconnects": 1, "resyncs": 1},
        shared=True,
    ),
    Case(
        "closed without a close frame",
        ({"kind": "cut", "symbol": HIT, "route": "public"},),
        6,
        (DISCONNECT,),
        {DEPTH: DOWN},
        {"reconnects": 1, "resyncs": 1},
        shared=True,
    ),
    Case(
        "trades closed without a close frame",
        ({"kind": "cut", "symbol": HIT, "route": "market"},),
        6,
        states={TRADE: DOWN},
        counters={"reconnects": 1},
    ),
    Case(
        "half-open",
        ({"kind": "half_open", "symbol": HIT, "route": "public", "duration_s": 85},),
        20,
        (ResetReason.SILENT,),
        {DEPTH: SILENT, OTHER_DEPTH: SILENT},
        {"silence_alarms": 2, "depth_silences": 1, "rotations": 1},
        during=True,
        shared=True,
        ingest={"silence_s": 1.0},
    ),
    Case(
        "one stream silent",
        ({"kind": "silent_stream", "symbol": HIT, "stream": "depth", "duration_s": 25},),
        6,
        (ResetReason.SILENT,),
        {DEPTH: SILENT},
        {"depth_silences": 1, "silence_alarms": 1},
        ingest={"silence_s": 1.0},
    ),
    Case(
        "trades silent while the rest flows",
        ({"kind": "silent_stream", "symbol": HIT, "stream": "aggTrade", "duration_s": 40},),
        6,
        states={TRADE: SILENT},
        counters={"silence_alarms": 1},
        ingest={"silence_s": 1.0},
    ),
    Case(
        "route silent though subscribed",
        ({"kind": "silent_route", "duration_s": 30},),
        6,
        states={TRADE: SILENT, OTHER_TRADE: SILENT, MARK: SILENT},
        counters={"silence_alarms": 4},
        ingest={"silence_s": 1.0},
    ),
    Case(
        "24 h close",
        ({"kind": "lifetime", "duration_s": 108_000, "symbol": HIT, "route": "public"},),
        6,
        (DISCONNECT,),
        {DEPTH: DOWN},
        {"reconnects": 1},
        shared=True,
        time_scale=43_200,
    ),
    Case(
        "pings without data",
        (
            {
                "kind": "only_pings",
                "symbol": HIT,
                "route": "public",
                "duration_s": 45,
                "interval_s": 1,
            },
        ),
        15,
        (ResetReason.SILENT,),
        {DEPTH: SILENT, OTHER_DEPTH: SILENT},
        {"silence_alarms": 2, "depth_silences": 1, "rotations": 1},
        during=True,
        shared=True,
        ingest={"silence_s": 1.0},
    ),
    Case("burst", ({"kind": "burst", "symbol": HIT, "duration_s": 10},), 6),
    Case(
        "clock ahead",
        ({"kind": "clock_skew", "symbol": HIT, "offset_ms": 5_000, "duration_s": 10},),
        6,
        counters={"late_trades": 1},
    ),
    Case(
        "clock behind",
        ({"kind": "clock_skew", "symbol": HIT, "offset_ms": -5_000, "duration_s": 10},),
        6,
        counters={"late_trades": 1},
    ),
    Case(
        "429",
        ({"kind": "throttle", "retry_after_s": 10}, DROP),
        8,
        (GAP,),
        {DEPTH: LOST},
        {"http_429": 1},
        refusals=(3, 0),
    ),
    Case(
        "banned for what somebody else did",
        ({"kind": "ban", "retry_after_s": 15}, DROP),
        6,
        (GAP,),
        {DEPTH: LOST},
        {"http_418": 1},
        refusals=(0, 3),
    ),
    Case(
        "weight used by somebody else",
        (
            {"kind": "weight_elsewhere", "weight": 2_300},
            *({**DROP, "after_frames": frames} for frames in (5, 60, 120, 180, 240)),
        ),
        8,
        (GAP,),
        {DEPTH: LOST},
        {"rest_weight_max_1m": 2_300, "gaps": 2},
        exchange={"weight_window_s": WINDOW_S},
        ingest={"weight_window_s": WINDOW_S},
    ),
    Case("unknown fields", ({"kind": "unknown_fields", "duration_s": 10},), 6),
    Case("8 MB of a field nobody knows", ({**DROP, "kind": "big_message"},), 6),
    Case(
        "8 MB of levels",
        ({**DROP, "kind": "big_message", "shape": "levels"},),
        6,
        (GAP,),
        {DEPTH: LOST},
        {"gaps": 1, "dead_letters": 1},
        letters=1,
    ),
    Case(
        "levels too many for a record",
        ({**DROP, "kind": "big_message", "shape": "levels", "megabytes": 2.9},),
        6,
        (ResetReason.TOO_LARGE,),
        {DEPTH: LOST},
        {"depth_too_large": 1, "depth_records_lost": 1},
        letters=1,
    ),
    Case(
        "8 MB of garbage",
        ({**DROP, "kind": "big_message", "shape": "garbage"},),
        6,
        (GAP,),
        {DEPTH: LOST},
        {"gaps": 1, "dead_letters": 1},
        letters=1,
    ),
    Case(
        "invalid UTF-8",
        ({**DROP, "kind": "invalid_utf8"},),
        6,
        (GAP,),
        {DEPTH: LOST},
        {"gaps": 1, "dead_letters": 1},
        letters=1,
    ),
    Case(
        "delisted",
        ({"kind": "delist", "symbol": HIT},),
        6,
        states={DEPTH: SILENT, TRADE: SILENT},
        counters={"silence_alarms": 2},
        ingest={"silence_s": 1.0},
    ),
    Case("listed", ({"kind": "list", "symbol": "SOLUSDT"},), 6),
    Case(
        "maintenance",
        ({"kind": "maintenance"},),
        10,
        (DISCONNECT,),
        {DEPTH: DOWN, TRADE: DOWN, OTHER_DEPTH: DOWN},
        {"reconnects": 2, "resyncs": 2},
        shared=True,
        time_scale=200,
    ),
)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """HOST:PORT of an embedded broker with the topics."""
    folder = tmp_path_factory.mktemp("broker")
    server = NoidaBroker(folder / "data", folder)
    with asyncio.Runner() as runner:
        address = runner.run(server.start())
        try:
            kafka = KafkaSettings(brokers=address, partitions=PARTITIONS, retention_ms=-1)
            runner.run(ensure_topics(kafka))
            yield address
        finally:
            runner.run(server.stop())


@pytest.fixture(scope="module")
def times() -> Iterator[dict[str, float]]:
    """Recovery times of the cases, printed at the end."""
    measured: dict[str, float] = {}
    yield measured
    for name, seconds in measured.items():
        print(f"{name:40} {seconds:6.2f} s")  # noqa: T201


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_ingest_survives(
    case: Case, broker: str, times: dict[str, float], tmp_path: Path
) -> None:
    async with rig(broker, tmp_path, case.exchange, case.ingest) as running:
        log = running.log
        hit, other = log.symbols[HIT], log.symbols[OTHER]
        await running.settled()
        before = await running.footprint()
        if "weight_window_s" in case.exchange:
            await _next_window(WINDOW_S)
        await running.inject(*case.faults, time_scale=case.time_scale)
        if not case.during:
            assert await running.faults_over(OVER_S) == []

        began_s = asyncio.get_running_loop().time()
        for stream, state in case.states.items():
            await running.until(
                lambda stream=stream, state=state: state in log.states(stream),  # type: ignore[misc]
                case.within_s,
                f"{stream} is reported {state}",
            )
        if case.resets:
            await running.until(
                lambda: len(hit.resets) > 1 and hit.valid, case.within_s, "the book is rebuilt"
            )
        for symbol in (HIT, OTHER):
            await running.same_book(symbol, case.within_s)
        times[case.name] = asyncio.get_running_loop().time() - began_s

        assert set(hit.resets[1:]) == set(case.resets)
        if not case.shared:
            assert other.resets == [ResetReason.START]
            assert other.snapshots == 1
        assert await running.faults_over(OVER_S) == []
        await running.nothing_left(before, LEFT_S)
        status = await running.exchange.status()
    report = running.ingest.result()
    for counter, least in case.counters.items():
        assert report[counter] >= least, counter
    assert report["late_trades"] == hit.late_trades + other.late_trades
    if not case.counters.get("late_trades"):
        assert report["late_trades"] == 0
    assert len(log.dead_letters) >= case.letters
    assert case.letters or log.dead_letters == []
    if ResetReason.TOO_LARGE in case.resets:
        assert report["trades_lost"] == 0
    assert status["http_429"] <= case.refusals[0]
    assert status["http_418"] <= case.refusals[1]
    assert times[case.name] <= case.within_s


async def _next_window(window_s: float) -> None:
    """Wait for the next of the windows of the clock in which the exchange counts weight: what is
    booked at the end of one is forgotten before anybody asks.
    """
    await asyncio.sleep(-time.time() % window_s)
