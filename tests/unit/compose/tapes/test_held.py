"""Short tapes stay in memory, longer ones are read again; the records are the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from compose.tapes.captures import tapes_of_captures
from compose.tapes.held import HeldTapes
from compose.tapes.layout import TapeError
from compose.tapes.tape_file import read_tape, tape_length
from schemas.settings import Settings
from tests.support.markets.simulated_capture import simulated_capture


@pytest.mark.parametrize("room", [0, 1])
def test_records_come_from_memory_where_all_fit_and_from_the_file_where_not(
    tmp_path: Path, room: int
) -> None:
    capture = simulated_capture(tmp_path / "capture", seconds=5)
    [tape] = tapes_of_captures([capture], Settings(), None, tmp_path, lambda _: None)
    expected = list(read_tape(tape.path))
    held = HeldTapes([tape], most=tape_length(tape.path) - 1 + room)
    assert list(held.read(tape.path)) == expected
    assert list(held.read(tape.path)) == expected
    tape.path.unlink()
    if room:
        assert list(held.read(tape.path)) == expected
    else:
        with pytest.raises(TapeError, match="cannot be read"):
            list(held.read(tape.path))
