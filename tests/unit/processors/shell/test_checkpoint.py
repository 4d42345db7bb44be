"""States that are written or not: what cannot be read or written stops its symbol alone."""

from __future__ import annotations

import asyncio
import itertools
from typing import cast

import pytest

from processors.faust_app.checkpoint import LONGEST_S, MOST_SHARE, Checkpointer
from processors.shell.emitter import Emitter
from processors.shell.market import MarketShell
from processors.shell.metrics import ShellMetrics
from processors.shell.state import (
    MAX_STATE_BYTES,
    StoredStates,
    SymbolState,
    SymbolStateError,
    encode_state,
)
from schemas.topics import DEPTH, STATUS, TRADES
from tests.support.processing.waiting_shell import (
    DEPTH_0,
    NO_STATES,
    TRADES_0,
    Surroundings,
    depth,
    pack,
)


async def test_a_state_that_cannot_be_read_stops_its_symbol_alone(
    shell: MarketShell, around: Surroundings, metrics: ShellMetrics
) -> None:
    resume = {DEPTH.name: 5, TRADES.name: 0}
    around.states["v:AAA"] = SymbolState(partition=0, resume=resume, engine=b"{}")
    around.states["v:OLD"] = SymbolState(partition=0, resume=resume, engine=b"old")
    around.unreadable["v:TORN"] = "state of v:TORN cannot be read: truncated"
    assert (await shell.resume(frozenset({DEPTH_0, TRADES_0})))[DEPTH_0] == 5
    assert metrics.faults == {
        "v:OLD": "state of v:OLD cannot be read: another version",
        "v:TORN": "state of v:TORN cannot be read: truncated",
    }
    told = [(status["symbol"], status["state"]) for _, status in around.emitted]
    assert told == [("OLD", "down"), ("TORN", "down")]
    for offset, symbol in enumerate(("OLD", "TORN", "AAA"), 5):
        await shell.process(DEPTH_0, [depth(offset, symbol)])
    assert metrics.faulted_records == 2
    assert metrics.records == {DEPTH.name: 1}
    await Checkpointer(shell, around, cast("Emitter", around), metrics).write()
    assert around.states["v:OLD"].engine == b"old", "a version that can read it goes on from there"
    assert "v:TORN" not in around.states


def test_a_state_over_the_record_limit_names_the_symbol_and_the_cure() -> None:
    state = SymbolState(partition=0, resume={}, engine=b"x" * MAX_STATE_BYTES)
    with pytest.raises(SymbolStateError, match=r"state of v:AAA has .* lower engine\.book"):
        encode_state("v:AAA", state)


@pytest.mark.parametrize(
    ("symbol", "reason"),
    [("LARGE", "over the limit of 1,000,000"), ("OVERFLOW", "int too big to convert")],
)
async def test_a_state_that_cannot_be_written_stops_its_symbol_alone(
    shell: MarketShell, around: Surroundings, metrics: ShellMetrics, symbol: str, reason: str
) -> None:
    checkpointer = Checkpointer(shell, around, cast("Emitter", around), metrics)
    await shell.process(DEPTH_0, [depth(0, symbol), depth(1), depth(2)])
    before = around.states[f"v:{symbol}"]
    await checkpointer.write()
    assert list(metrics.faults) == [f"v:{symbol}"]
    assert reason in metrics.faults[f"v:{symbol}"]
    assert around.states[f"v:{symbol}"] is before, "the last good state stays"
    assert around.states["v:AAA"].resume[DEPTH.name] == 1, "the first record that still waits"
    assert metrics.checkpoints == 1
    topic, status = around.emitted[-1]
    assert (topic, status["symbol"], status["state"]) == (STATUS.name, symbol, "down")
    await shell.process(DEPTH_0, [depth(3, symbol), depth(4)])
    await checkpointer.write()
    assert (metrics.faulted_records, metrics.records[DEPTH.name]) == (1, 4)
    assert len(around.emitted) == 1, "told once"


async def test_checkpoints_are_rarer_where_states_take_long(
    shell: MarketShell, around: Surroundings, metrics: ShellMetrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpointer = Checkpointer(shell, around, cast("Emitter", around), metrics)
    await shell.process(DEPTH_0, [depth(0, "AAA"), depth(1, "BBB")])
    ticks = itertools.count(0.0, 0.05)  # A state takes one tick.
    monkeypatch.setattr("processors.faust_app.checkpoint.time.perf_counter", lambda: next(ticks))
    assert checkpointer.pause_s(3.0) == 3.0
    await checkpointer.write()
    assert checkpointer.pause_s(3.0) == pytest.approx(2 * 0.05 / MOST_SHARE)
    ticks = itertools.count(0.0, 5.0)
    await shell.process(DEPTH_0, [depth(2, "AAA")])
    await checkpointer.write()
    assert (checkpointer.pause_s(3.0), checkpointer.pause_s(60.0)) == (LONGEST_S, 60.0)


class Barrier:
    """A store that takes no state before as many are under way as it waits for."""

    def __init__(self, count: int) -> None:
        self._together = asyncio.Barrier(count)
        self.written: set[str] = set()

    def of_partition(self, partition: int) -> StoredStates:
        return NO_STATES

    async def write(self, key: str, state: SymbolState) -> None:
        await self._together.wait()
        self.written.add(key)


async def test_states_do_not_wait_for_each_other(
    shell: MarketShell, around: Surroundings, metrics: ShellMetrics
) -> None:
    await shell.process(DEPTH_0, [depth(0, "AAA"), depth(1, "BBB"), depth(2, "CCC")])
    store = Barrier(3)
    async with asyncio.timeout(5):
        await Checkpointer(shell, store, cast("Emitter", around), metrics).write()
    assert store.written == {"v:AAA", "v:BBB", "v:CCC"}


async def test_heartbeats_alone_are_no_reason_to_write_a_state(
    shell: MarketShell, around: Surroundings, metrics: ShellMetrics
) -> None:
    checkpointer = Checkpointer(shell, around, cast("Emitter", around), metrics)
    await shell.process(DEPTH_0, [depth(0), depth(1, "BBB")])
    await checkpointer.write()
    await shell.process(DEPTH_0, [depth(2, is_heartbeat=True), depth(3, "BBB")])
    await shell.process(TRADES_0, [pack(0)])
    before = dict(around.states)
    await checkpointer.write()
    assert around.states["v:AAA"] is before["v:AAA"]
    assert around.states["v:BBB"] is not before["v:BBB"]
