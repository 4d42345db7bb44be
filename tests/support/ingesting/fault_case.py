"""One fault or several against the real ingest service and a real broker, and what must hold.

The book that a reader of `market.depth` builds equals the exchange's own again within a stated
time, its best levels were right after every update ever published, no other symbol noticed, the
loss is on `market.status` and in a counter, nobody was banned, and nothing was left behind.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from schemas.market import ResetReason, StreamState
from tests.support.ingesting.faults import HIT, OTHER, rig

OVER_S = 30.0
"""The longest fault and some."""
WINDOW_S = 5.0
"""A minute of weight, so that nobody has to wait for a whole one."""
LEFT_S = 15.0
"""A stream that stays silent is tried on new connections, first often, then ever more rarely."""

Fault = dict[str, Any]
DROP: Fault = {"kind": "drop", "symbol": HIT, "after_frames": 10}
DEPTH = f"{HIT.lower()}@depth@100ms"
GAP, LOST = ResetReason.GAP, StreamState.GAP


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


COMMON_CASES = (
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
        "429",
        ({"kind": "throttle", "retry_after_s": 10}, DROP),
        8,
        (GAP,),
        {DEPTH: LOST},
        {"http_429": 1},
        refusals=(3, 0),
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
)
"""What goes wrong alike on every market: what a sequence rule decides, and a bit more."""


async def survives(
    case: Case,
    broker: str,
    state_dir: Path,
    venue: dict[str, str] | None = None,
    names: Mapping[str, str] | None = None,
) -> float:
    """Let the faults strike and hold ingest to the case; return how long it took to recover, s.

    `venue`: settings of exchange and ingest that name another market than the default one;
    `names`: how that market names the symbols and streams of the case.
    """
    market, names = venue or {}, names or {}
    symbols = (names.get(HIT, HIT), names.get(OTHER, OTHER))
    faults = [
        {k: names.get(v, v) if isinstance(v, str) else v for k, v in fault.items()}
        for fault in case.faults
    ]
    async with rig(
        broker, state_dir, market | case.exchange, market | case.ingest, symbols
    ) as running:
        log = running.log
        hit, other = (log.symbols[symbol] for symbol in symbols)
        await running.settled()
        before = await running.footprint()
        if "weight_window_s" in case.exchange:
            await _next_window(WINDOW_S)
        await running.inject(*faults, time_scale=case.time_scale)
        if not case.during:
            assert await running.faults_over(OVER_S) == []

        began_s = asyncio.get_running_loop().time()
        for told, state in case.states.items():
            stream = names.get(told, told)
            await running.until(
                lambda stream=stream, state=state: state in log.states(stream),  # type: ignore[misc]
                case.within_s,
                f"{stream} is reported {state}",
            )
        if case.resets:
            await running.until(
                lambda: len(hit.resets) > 1 and hit.valid, case.within_s, "the book is rebuilt"
            )
        for symbol in symbols:
            await running.same_book(symbol, case.within_s)
        took_s = asyncio.get_running_loop().time() - began_s

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
    assert took_s <= case.within_s
    return took_s


async def _next_window(window_s: float) -> None:
    """Wait for the next of the windows of the clock in which the exchange counts weight: what is
    booked at the end of one is forgotten before anybody asks.
    """
    await asyncio.sleep(-time.time() % window_s)
