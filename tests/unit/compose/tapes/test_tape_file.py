"""Tapes give back what was written, and say so where they are damaged."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from compose.tapes.layout import TapeError
from compose.tapes.tape_file import engine_records, read_tape, tape_length, tape_markets
from compose.tapes.tape_writer import TapeWriter, write_tape
from processors.engine.book.sides.packed import PackedLevels
from schemas.control import DeadLetter
from schemas.market import BookReset, DepthDiff, MarketRecord, OpenInterest, ResetReason
from tests.support.markets.market import START_MS, SYMBOL, VENUE, random_log

LETTER = DeadLetter(source="x:line 3", received_us=5, reason="not a frame", payload="\\x00")


def records() -> list[MarketRecord | DeadLetter]:
    log = random_log(7)
    reset = BookReset(
        venue=VENUE, symbol=SYMBOL, event_time=START_MS, received_us=1, reason=ResetReason.GAP
    )
    poll = OpenInterest(
        venue=VENUE, symbol=SYMBOL, event_time=START_MS, received_us=1, open_interest=2.5
    )
    made: list[MarketRecord | DeadLetter] = [*log.depth, *log.trades, *log.polls, reset, poll]
    return [*made, *made, *made, LETTER]


def test_what_was_written_is_read(tmp_path: Path) -> None:
    path, written = tmp_path / "a" / "x.tape", records()
    write_tape(path, written)
    read = list(read_tape(path))
    assert read == written
    assert [type(record) for record in read] == [type(record) for record in written]
    dumped = [record.model_dump_json() for record in read if isinstance(record, BaseModel)]
    assert dumped == [record.model_dump_json() for record in written]
    assert tape_length(path) == len(written) > 256


def test_the_engine_gets_the_same_records_with_packed_levels(tmp_path: Path) -> None:
    path, written = tmp_path / "x.tape", records()
    write_tape(path, written)
    read = list(engine_records(path))
    assert read == written
    sides = [side for one in read if isinstance(one, DepthDiff) for side in (one.bids, one.asks)]
    assert sides
    assert all(isinstance(side, PackedLevels) for side in sides)


def test_an_empty_tape_is_sound(tmp_path: Path) -> None:
    write_tape(tmp_path / "x.tape", [])
    assert list(read_tape(tmp_path / "x.tape")) == []


@pytest.mark.parametrize("kept", [0, 4, 10, -1, -12])
def test_a_tape_that_was_cut_off_is_one_clear_error(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "x.tape"
    write_tape(path, records())
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(TapeError, match=r"x\.tape is damaged or cut off; delete it"):
        list(read_tape(path))


@pytest.mark.parametrize("at", [20, 40, 300, -30])
def test_a_tape_that_was_changed_is_one_clear_error(tmp_path: Path, at: int) -> None:
    path = tmp_path / "x.tape"
    write_tape(path, records(), [f"{VENUE}:{SYMBOL}"])
    changed = bytearray(path.read_bytes())
    changed[at] ^= 1
    path.write_bytes(bytes(changed))
    with pytest.raises(TapeError, match=r"x\.tape is damaged or cut off; delete it"):
        list(read_tape(path))


def test_a_tape_tells_its_markets(tmp_path: Path) -> None:
    write_tape(tmp_path / "x.tape", records(), ["a:B", "a:C"])
    assert tape_markets(tmp_path / "x.tape") == ["a:B", "a:C"]
    write_tape(tmp_path / "y.tape", [])
    assert tape_markets(tmp_path / "y.tape") == []


def test_a_tape_that_is_left_unfinished_is_deleted(tmp_path: Path) -> None:
    with TapeWriter(tmp_path / "x.tape") as tape:
        tape.add(LETTER)
    assert list(tmp_path.iterdir()) == []


def test_a_source_that_fails_leaves_no_tape(tmp_path: Path) -> None:
    def failing() -> Iterator[object]:
        yield LETTER
        raise KeyError("source")

    with pytest.raises(KeyError):
        write_tape(tmp_path / "x.tape", failing())
    assert list(tmp_path.iterdir()) == []


def test_a_tape_that_is_not_there_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(TapeError, match="cannot be read: No such file"):
        list(read_tape(tmp_path / "x.tape"))
