"""Every fault of the built-in exchange against the real ingest service and a real broker."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.market import ResetReason, StreamState
from tests.support.ingesting.fault_case import (
    COMMON_CASES,
    DEPTH,
    DROP,
    GAP,
    LOST,
    WINDOW_S,
    Case,
    survives,
)
from tests.support.ingesting.faults import HIT

TRADE, MARK = "btcusdt@aggTrade", "btcusdt@markPrice@1s"
OTHER_DEPTH, OTHER_TRADE = "ethusdt@depth@100ms", "ethusdt@aggTrade"

DISCONNECT = ResetReason.DISCONNECT
UP, SILENT, DOWN = StreamState.UP, StreamState.SILENT, StreamState.DOWN

CASES = (
    *COMMON_CASES,
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
        "clock an hour ahead",
        ({"kind": "clock_skew", "symbol": HIT, "offset_ms": 3_600_000, "duration_s": 5},),
        8,
        (GAP,),
        {DEPTH: LOST},
        {"times_ahead": 5, "gaps": 1},
        letters=5,
        # In pace with this machine's clock, as a venue is.
        exchange={"speed": 1.0},
        ingest={"max_ahead_ms": 2_000},
    ),
    Case(
        "clock behind",
        ({"kind": "clock_skew", "symbol": HIT, "offset_ms": -5_000, "duration_s": 10},),
        6,
        counters={"late_trades": 1},
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
        "403 of the firewall",
        ({"kind": "firewall", "duration_s": 10}, DROP),
        8,
        (GAP,),
        {DEPTH: LOST},
        {"http_403": 1},
        ingest={"weight_window_s": WINDOW_S},
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
def times() -> Iterator[dict[str, float]]:
    """Recovery times of the cases, printed at the end."""
    measured: dict[str, float] = {}
    yield measured
    for name, seconds in measured.items():
        print(f"{name:40} {seconds:6.2f} s")  # noqa: T201


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_ingest_survives(
    case: Case, fault_broker: str, times: dict[str, float], tmp_path: Path
) -> None:
    times[case.name] = await survives(case, fault_broker, tmp_path)
