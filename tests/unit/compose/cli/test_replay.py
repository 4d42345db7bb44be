"""`wallwatch replay`: what it writes, and what it says about captures it cannot read."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from compose.errors import UserError
from compose.replay import replay
from compose.replay_summary import faults_told
from schemas.settings import Settings
from tests.support.markets.tiny_capture import START_MS, depth, snapshot, tiny_capture, trade


def test_one_line_per_applied_diff_with_the_best_of_both_sides(tmp_path: Path) -> None:
    book = tmp_path / "top.ndjson"
    summary = replay(tiny_capture(tmp_path / "x.gz"), Settings(), book_path=book)
    assert book.read_text(encoding="utf-8").splitlines() == [
        f'{{"u":12,"T":{START_MS},"bid":[100.0,6.0],"ask":[101.0,4.0]}}',
        f'{{"u":15,"T":{START_MS + 100},"bid":[100.5,1.25],"ask":[101.0,4.0]}}',
        f'{{"u":16,"T":{START_MS + 1_200},"bid":[100.0,6.0],"ask":[101.0,4.0]}}',
    ]
    assert (summary.diffs_applied, summary.trades, summary.dead_letters) == (3, 1, 0)


def test_signals_are_json_lines_with_their_topic(tmp_path: Path) -> None:
    out = tmp_path / "signals.ndjson"
    summary = replay(tiny_capture(tmp_path / "x.gz"), Settings(), signals_path=out)
    signals = [json.loads(text) for text in out.read_text(encoding="utf-8").splitlines()]
    assert len(signals) == sum(summary.signals.values()) > 0
    bars = [s for s in signals if s["topic"] == "signals.flow" and s["interval_ms"] == 1_000]
    assert bars[0]["buy_qty"] == 0.5
    assert {signal["venue"] for signal in signals} == {"binance_usdm"}


def test_a_broken_line_is_counted_and_the_rest_is_processed(tmp_path: Path) -> None:
    broken = b'1700000001300000000 {"stream":"btcusdt@trade","data":{"e":"trade","p":\n'
    summary = replay(tiny_capture(tmp_path / "x.gz", broken), Settings())
    assert (summary.diffs_applied, summary.dead_letters) == (3, 1)


def test_each_sequence_gap_is_counted_once(tmp_path: Path) -> None:
    at = START_MS + 1_300
    lost_twice = (
        depth(at, 20, 20, 19, []),
        depth(at + 100, 21, 21, 20, []),
        snapshot(at + 150, 20),
        depth(at + 200, 22, 22, 21, []),
        depth(at + 300, 30, 30, 29, []),
        depth(at + 8_000, 31, 31, 30, []),
    )
    assert replay(tiny_capture(tmp_path / "none.gz"), Settings()).gaps == 0
    once = replay(tiny_capture(tmp_path / "one.gz", *lost_twice[:1]), Settings())
    assert faults_told(once.gaps, once.dead_letters) == "1 gap, 0 dead letters"
    assert replay(tiny_capture(tmp_path / "two.gz", *lost_twice), Settings()).gaps == 2


def test_tops_of_two_symbols_do_not_go_into_one_file(tmp_path: Path) -> None:
    path = tiny_capture(tmp_path / "x.gz", trade(START_MS + 1_300, 1, "ETHUSDT"))
    book = tmp_path / "top.ndjson"
    with pytest.raises(
        UserError, match=r"--book needs one capture and one symbol.*BTCUSDT, ETHUSDT"
    ):
        replay(path, Settings(), book_path=book)
    assert not book.exists()
    assert replay(path, Settings(), symbols=["BTCUSDT"], book_path=book).diffs_applied == 3


def test_an_unknown_symbol_is_named_with_those_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"unknown symbol NOPEUSDT.*holds BTCUSDT"):
        replay(tiny_capture(tmp_path / "x.gz"), Settings(), symbols=["NOPEUSDT"])


def test_a_file_that_is_no_capture_is_one_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "x.gz"
    path.write_bytes(gzip.compress(b"time,price\n1,2\n"))
    with pytest.raises(UserError, match="not a capture"):
        replay(path, Settings())


def test_a_capture_of_another_venue_is_one_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "x.gz"
    foreign = b'{"stream":"btcusdt@depth","data":{"e":"depthUpdate","s":"BTCUSDT","U":1,"u":2}}'
    path.write_bytes(gzip.compress(b"1700000000000000000 " + foreign + b"\n"))
    with pytest.raises(UserError, match=r"no depth frame could be applied and 1 lines"):
        replay(path, Settings())


def test_a_capture_that_was_cut_off_is_used_and_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tiny_capture(tmp_path / "x.gz")
    whole = replay(path, Settings())
    path.write_bytes(path.read_bytes()[:-8])
    assert replay(path, Settings()).diffs_applied == whole.diffs_applied
    assert "cut off after line" in caplog.text


def test_an_output_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    path, out = tiny_capture(tmp_path / "x.gz"), tmp_path / "no" / "x.ndjson"
    with pytest.raises(UserError, match="cannot be written: No such file or directory"):
        replay(path, Settings(), signals_path=out)
