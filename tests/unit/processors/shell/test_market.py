"""The market shell's answers to faults and to streams that run apart."""

from __future__ import annotations

import asyncio

import pytest

from processors.shell.market import MarketShell
from processors.shell.metrics import ShellMetrics
from processors.shell.state import (
    SymbolState,
)
from schemas.topics import DEAD_LETTERS, DEPTH, STATUS, TRADES
from tests.support.processing.shell_reader import Delivered
from tests.support.processing.waiting_shell import (
    DEPTH_0,
    READ_TIME,
    TRADES_0,
    Surroundings,
    depth,
    pack,
)


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
