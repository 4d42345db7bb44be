"""Tapes do not fill the disk: the oldest go, and what was left unfinished."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from compose.tapes import tape as tape_module
from compose.tapes.market_records import MarketRecords
from compose.tapes.tape import UNFINISHED_S, kept_tape, taped
from schemas.control import DeadLetter

LETTER = DeadLetter(source="x:line 3", received_us=5, reason="not a frame", payload="x")


def made(folder: Path, name: str) -> Path:
    found = MarketRecords(["v:S"], [LETTER])
    return taped(name, name, folder, lambda: found, lambda _: None).path


def aged(path: Path, by_s: float) -> Path:
    then_s = time.time() - by_s
    os.utime(path, (then_s, then_s))
    return path


def test_the_longest_unused_go_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = aged(made(tmp_path, "a"), 300), aged(made(tmp_path, "b"), 200)
    monkeypatch.setattr(tape_module, "MOST_CACHED_BYTES", 2 * first.stat().st_size)
    assert kept_tape("a", "a", tmp_path) is not None
    third = made(tmp_path, "c")
    assert sorted(tmp_path.iterdir()) == [first, third]
    assert not second.exists()


def test_the_newest_stays_however_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tape_module, "MOST_CACHED_BYTES", 1)
    assert made(tmp_path, "a").exists()


def test_what_a_killed_run_left_goes_a_day_later(tmp_path: Path) -> None:
    old, young = tmp_path / ".a.tape.x7", tmp_path / ".b.tape.k2"
    for path in (old, young):
        path.write_bytes(b"half")
    aged(old, UNFINISHED_S + 60)
    (notes := tmp_path / "notes.txt").write_text("mine")
    aged(notes, 10 * UNFINISHED_S)
    made(tmp_path, "c")
    assert sorted(tmp_path.iterdir()) == [young, tmp_path / "c.tape", notes]
