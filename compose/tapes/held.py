"""Tapes that are read many times: what is short stays in memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from compose.tapes.layout import TapeRecord
from compose.tapes.tape import Tape
from compose.tapes.tape_file import engine_records, tape_length

MOST_HELD: Final = 40_000
"""Records of all tapes together; of a busy market some 100 MB."""


class HeldTapes:
    """The records of tapes for one run after another. Reading them again costs a tenth of a run; a
    longer history does not fit into memory and is read from its files."""

    def __init__(self, tapes: Sequence[Tape], most: int = MOST_HELD) -> None:
        """Read the tapes if they hold no more than `most` records together. Raises TapeError."""
        self._records: dict[Path, list[TapeRecord]] = {}
        if sum(tape_length(tape.path) for tape in tapes) <= most:
            self._records = {tape.path: list(engine_records(tape.path)) for tape in tapes}

    def read(self, path: Path) -> Iterable[TapeRecord]:
        """Return the records of a tape, in order. Raises TapeError."""
        held = self._records.get(path)
        return engine_records(path) if held is None else held
