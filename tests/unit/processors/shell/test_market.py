"""The market shell's answers to faults and to streams that run apart."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from faust.types import TP

from processors.engine.admission import Refusal
from processors.faust_app.checkpoint import LONGEST_S, MOST_SHARE, Checkpointer
from processors.shell.emitter import Emitter
from processors.shell.market import SLICE_S, MarketShell
from processors.shell.metrics import ShellMetrics
from processors.shell.state import (
    MAX_STATE_BYTES,
    StoredStates,
    SymbolState,
    SymbolStateError,
    encode_state,
)
from processors.shell.symbol import Engine
from schemas.market import BookReset, DepthHeartbeat, MarketRecord, ResetReason, Trades
from schemas.settings import EngineSettings
from schemas.signals import Signal
from schemas.signals.pulse import MarketPulse
from schemas.topics import DEAD_LETTERS, DEPTH, STATUS, TRADES
from tests.support.processing.shell_reader import Delivered, RecordedReader

NO_STATES = StoredStates({}, {})
READ_TIME = 4_000
"""Up to when a `WaitingEngine` has read and found no book."""
DEPTH_0, TRADES_0 = TP(DEPTH.name, 0), TP(TRADES.name, 0)


@dataclass
class Surroundings(RecordedReader):
    """Consumer, table and emitter of a shell, recorded."""

    states: dict[str, SymbolState] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)
    emitted: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def of_partition(self, partition: int) -> StoredStates:
        return StoredStates(self.states, self.unreadable) if partition == 0 else NO_STATES

    async def write(self, key: str, state: SymbolState) -> None:
        encode_state(key, state)
        self.states[key] = state

    def emit(self, topic: str, key: bytes | None, value: bytes) -> None:
        self.emitted.append((topic, json.loads(value)))

    async def capacity(self) -> None:
        return None

    async def flush(self) -> None:
        return None


class WaitingEngine:
    """Holds depth until a trade pack comes, then lets go of all of it. Fails on symbol BAD, and
    takes its time on SLOW."""

    def __init__(self, symbol: str) -> None:
        self._symbol = symbol
        self.depth: list[int] = []
        self._next: dict[str, int] = {}

    def apply(self, record: MarketRecord, offset: int) -> list[Signal]:
        if self._symbol == "BAD":
            raise ZeroDivisionError("float division by zero")
        if self._symbol == "SLOW":
            end_s = time.monotonic() + SLICE_S / 3
            while time.monotonic() < end_s:
                pass
        if isinstance(record, Trades):
            self._next[TRADES.name] = offset + 1
            self.depth.clear()
        else:
            self._next[DEPTH.name] = offset + 1
            self.depth.append(offset)
        return []

    def change_settings(self, settings: EngineSettings, effective_from: int) -> None:
        """It has none."""

    def take_pulses(self) -> list[MarketPulse]:
        return []

    def bookless_at(self) -> int | None:
        return READ_TIME

    def take_repeated(self) -> int:
        return 0

    def take_refusals(self) -> list[Refusal]:
        return []

    def next_offsets(self) -> dict[str, int]:
        return {**self._next, **({DEPTH.name: self.depth[0]} if self.depth else {})}

    def pending(self) -> dict[str, int]:
        return {DEPTH.name: len(self.depth), TRADES.name: 0}

    def dump(self) -> bytes:
        if self.depth and self._symbol == "OVERFLOW":
            raise OverflowError("int too big to convert")
        return b"x" * MAX_STATE_BYTES if self.depth and self._symbol == "LARGE" else b"{}"


class Engines:
    """The factory of `WaitingEngine`s."""

    def create(self, venue: str, symbol: str) -> Engine:
        return WaitingEngine(symbol)

    def change(self, venue: str, symbol: str, engine: Engine) -> None:
        if symbol == "UNCHANGEABLE":
            raise ValueError("no such step")

    def load(self, venue: str, symbol: str, state: bytes) -> Engine:
        if state == b"old":
            raise ValueError("another version")
        return WaitingEngine(symbol)


def depth(offset: int, symbol: str = "AAA", *, is_heartbeat: bool = False) -> Delivered:
    head = {"venue": "v", "symbol": symbol, "event_time": 1, "received_us": 1}
    value: MarketRecord = BookReset(**head, reason=ResetReason.GAP)
    if is_heartbeat:
        value = DepthHeartbeat(**head)
    return Delivered(DEPTH.name, offset, value.key.encode(), value.model_dump_json().encode())


def pack(offset: int, symbol: str = "AAA") -> Delivered:
    value = Trades(venue="v", symbol=symbol, received_us=1, watermark=1, trades=[])
    return Delivered(TRADES.name, offset, value.key.encode(), value.model_dump_json().encode())


@pytest.fixture
def around() -> Surroundings:
    return Surroundings()


@pytest.fixture
def metrics() -> ShellMetrics:
    return ShellMetrics()


@pytest.fixture
async def shell(around: Surroundings, metrics: ShellMetrics) -> MarketShell:
    made = MarketShell(
        Engines(),
        around,
        cast("Emitter", around),
        metrics,
        lambda: around,
        max_ahead=3,
        max_symbols=4,
    )
    assert await made.resume(frozenset({DEPTH_0, TRADES_0})) == {DEPTH_0: 0, TRADES_0: 0}
    return made


async def test_a_symbol_is_written_before_its_first_record_is_applied(
    shell: MarketShell, around: Surroundings
) -> None:
    await shell.process(DEPTH_0, [depth(0), depth(1, "BBB")])
    assert {key: state.resume for key, state in around.states.items()} == {
        "v:AAA": {DEPTH.name: 0, TRADES.name: 0},
        "v:BBB": {DEPTH.name: 1, TRADES.name: 0},
    }


async def test_others_get_the_loop_between_many_short_runs(shell: MarketShell) -> None:
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    task = asyncio.create_task(other())
    for offset in range(30):
        await shell.process(DEPTH_0, [depth(offset, "SLOW")])
    task.cancel()
    assert turns >= 5, "ten slices' work"


async def test_symbols_beyond_the_limit_get_no_engine_and_the_others_go_on(
    shell: MarketShell, around: Surroundings, metrics: ShellMetrics
) -> None:
    symbols = ("AAA", "BBB", "CCC", "DDD", "EEE", "FFF", "EEE", "AAA")
    await shell.process(DEPTH_0, [depth(offset, symbol) for offset, symbol in enumerate(symbols)])
    assert sorted(around.states) == ["v:AAA", "v:BBB", "v:CCC", "v:DDD"]
    assert metrics.records == {DEPTH.name: 5}
    assert (metrics.crowded_out_records, metrics.dead_letters) == (3, 2)
    assert [letter["offset"] for _, letter in around.emitted] == [4, 5]


async def test_states_that_are_held_already_are_kept_beyond_the_limit(
    shell: MarketShell, around: Surroundings, metrics: ShellMetrics
) -> None:
    stored = SymbolState(partition=0, resume={DEPTH.name: 0, TRADES.name: 0}, engine=b"")
    around.states = {f"v:S{number}": stored for number in range(6)}
    await shell.resume(frozenset({DEPTH_0, TRADES_0}))
    await shell.process(DEPTH_0, [depth(0, "S5"), depth(1, "NEW")])
    assert metrics.records == {DEPTH.name: 1}
    assert metrics.crowded_out_records == 1


async def test_an_engine_fault_stops_its_symbol_and_says_so(
    shell: MarketShell, around: Surroundings, metrics: ShellMetrics
) -> None:
    await shell.process(DEPTH_0, [depth(0), depth(1, "BAD"), depth(2, "BAD"), depth(3)])
    assert metrics.faults == {"v:BAD": "engine failed: ZeroDivisionError('float division by zero')"}
    assert metrics.records == {DEPTH.name: 2}
    assert (metrics.dead_letters, metrics.faulted_records) == (1, 1)
    topics = [topic for topic, _ in around.emitted]
    assert topics == [DEAD_LETTERS.name, STATUS.name]
    letter, status = (document for _, document in around.emitted)
    assert (letter["source"], letter["offset"]) == (DEPTH.name, 1)
    assert (status["symbol"], status["stream"], status["state"]) == ("BAD", "engine", "down")
    assert shell.positions()[DEPTH_0] == 4
    bad = next(p for p in shell.partitions).symbols["v:BAD"]
    assert not bad.changed, "its last good state must stay"


async def test_a_book_is_told_missing_only_where_ingest_publishes_it_and_then_to_be_back(
    shell: MarketShell, around: Surroundings
) -> None:
    records = [depth(0, is_heartbeat=True), depth(1, "BBB"), depth(2, "BAD", is_heartbeat=True)]
    await shell.process(DEPTH_0, records)
    around.emitted.clear()
    shell.tell_missing_books(100.0)
    assert around.emitted == []
    shell.tell_missing_books(105.0)
    ((topic, told),) = around.emitted
    assert (topic, told["stream"]) == (STATUS.name, DEPTH.name)
    assert (told["symbol"], told["state"], told["event_time"]) == ("AAA", "resync", READ_TIME)
    assert shell.missing_books == ["v:AAA"]
    # From now on ingest knows that it has none.
    await shell.process(DEPTH_0, [depth(3)])
    shell.tell_missing_books(200.0)
    assert [told["state"] for _, told in around.emitted] == ["resync", "up"]
    assert shell.missing_books == []


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (Delivered(DEPTH.name, 0, b"v:AAA", b'{"kind": "diff"'), "not a valid record"),
        (Delivered(DEPTH.name, 0, b"v:AAA", None), "not a valid record"),
        (Delivered(DEPTH.name, 0, None, depth(0).value), "the key is not v:AAA"),
        (Delivered(DEPTH.name, 0, b"v:BBB", depth(0).value), "the key is not v:AAA"),
        (Delivered(DEPTH.name, 0, b"v:\xff", depth(0, "\ufffd").value), "the key is not v:\ufffd"),
    ],
)
async def test_a_bad_record_is_put_aside_and_the_next_is_applied(
    shell: MarketShell,
    around: Surroundings,
    metrics: ShellMetrics,
    record: Delivered,
    reason: str,
) -> None:
    await shell.process(DEPTH_0, [record, depth(1)])
    assert metrics.records == {DEPTH.name: 1}
    topic, letter = around.emitted[0]
    assert topic == DEAD_LETTERS.name
    assert reason in letter["reason"]
    assert letter["payload"] == (record.value or b"").decode()


async def test_a_stream_that_runs_ahead_is_held_until_the_other_comes(
    shell: MarketShell, around: Surroundings
) -> None:
    await shell.process(DEPTH_0, [depth(offset) for offset in range(3)])
    assert around.held == set()
    await shell.process(DEPTH_0, [depth(3)])
    assert around.held == {DEPTH_0}
    await shell.process(TRADES_0, [pack(0)])
    assert around.held == set()


async def test_a_gap_is_sought_once_until_it_shows(
    shell: MarketShell, around: Surroundings, metrics: ShellMetrics
) -> None:
    await shell.process(DEPTH_0, [depth(0), depth(5)])
    await shell.process(DEPTH_0, [depth(6)])
    assert around.sought == [{DEPTH_0: 1}]
    assert metrics.gaps == 1
    await shell.process(DEPTH_0, [depth(offset) for offset in range(1, 7)])
    assert shell.positions()[DEPTH_0] == 7


async def test_a_delivery_for_partitions_that_moved_away_is_dropped(shell: MarketShell) -> None:
    shell.drop()
    await shell.process(DEPTH_0, [depth(0)])
    assert shell.positions() == {}


async def test_a_log_that_lost_its_tail_starts_its_symbols_anew(
    shell: MarketShell,
    around: Surroundings,
    metrics: ShellMetrics,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("processors.shell.reader.END_RETRY_S", 0.0)
    state = SymbolState(partition=0, resume={DEPTH.name: 50, TRADES.name: 7}, engine=b"{}")
    around.states["v:AAA"] = state
    around.ends[DEPTH_0] = 40
    assert await shell.resume(frozenset({DEPTH_0, TRADES_0})) == {DEPTH_0: 40, TRADES_0: 7}
    assert metrics.shrunken_logs == 1
    assert [topic for topic, _ in around.emitted] == [STATUS.name]
    written = around.states["v:AAA"].resume
    assert written == {DEPTH.name: 40, TRADES.name: 7}, "nothing goes back to the old state"
    await shell.process(DEPTH_0, [depth(40)])
    assert metrics.records == {DEPTH.name: 1}


async def test_what_was_deleted_resets_only_the_symbols_that_still_needed_it(
    shell: MarketShell, around: Surroundings, metrics: ShellMetrics
) -> None:
    for symbol, due in (("AAA", 10), ("BBB", 90)):
        around.states[f"v:{symbol}"] = SymbolState(
            partition=0, resume={DEPTH.name: due, TRADES.name: 0}, engine=b"{}"
        )
    around.begins[DEPTH_0] = 60
    assert (await shell.resume(frozenset({DEPTH_0, TRADES_0})))[DEPTH_0] == 60
    assert metrics.lost_records == 50
    assert [(topic, status["symbol"]) for topic, status in around.emitted] == [(STATUS.name, "AAA")]


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


async def test_settings_that_break_an_engine_stop_its_symbol_alone(
    shell: MarketShell, around: Surroundings, metrics: ShellMetrics
) -> None:
    await shell.process(DEPTH_0, [depth(0, "UNCHANGEABLE"), depth(1)])
    shell.change_settings("v", "*")
    shell.change_settings("v", "*")
    assert list(metrics.faults) == ["v:UNCHANGEABLE"]
    assert "changed settings: ValueError('no such step')" in metrics.faults["v:UNCHANGEABLE"]
    assert [topic for topic, _ in around.emitted] == [STATUS.name], "told once"
    await shell.process(DEPTH_0, [depth(2, "UNCHANGEABLE"), depth(3)])
    assert (metrics.faulted_records, metrics.records[DEPTH.name]) == (1, 3)
