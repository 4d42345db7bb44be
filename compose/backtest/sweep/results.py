"""The result folder of a sweep: what it was run on, and one line of JSON a finished point."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
from filelock import FileLock, Timeout

from compose.backtest.readings import GradedReadings
from compose.errors import UserError

INPUTS_NAME: Final = "inputs.json"
POINTS_NAME: Final = "points.jsonl"
LOCK_NAME: Final = "sweep.lock"


class PointResult(msgspec.Struct, frozen=True):
    """What came of one point."""

    key: str
    """Of its settings; see `settings_key`."""
    values: dict[str, object]
    """Dotted name of a setting: its value."""
    settings_version: str
    seconds: float
    """How long the run took."""
    signals: dict[str, int]
    """By topic."""
    readings: list[GradedReadings]


class SweepInputs(msgspec.Struct, frozen=True):
    """What all points of a folder have in common."""

    tapes: dict[str, str]
    """Fingerprint: name."""
    settings: str
    """Key of the settings that the points are laid over."""
    code: str
    """Hash of the engine."""


_decoder: Final = msgspec.json.Decoder(PointResult)
_WHAT: Final = {
    "tapes": "other inputs",
    "settings": "other settings",
    "code": "another version of the engine",
}


class ResultFolder:
    """The finished points of a folder; more are added one by one."""

    def __init__(self, folder: Path, inputs: SweepInputs) -> None:
        """Open the folder. Raises UserError if it holds a sweep of other inputs or settings."""
        self._path = folder / POINTS_NAME
        try:
            _check_inputs(folder / INPUTS_NAME, inputs)
            self.found = _read(self._path)
        except OSError as error:
            raise _unusable(folder, error) from None

    def add(self, result: PointResult) -> None:
        """Keep a finished point. Raises UserError."""
        try:
            with self._path.open("ab") as file:
                file.write(msgspec.json.encode(result) + b"\n")
        except OSError as error:
            raise _unusable(self._path.parent, error) from None
        self.found[result.key] = result


@contextmanager
def result_folder(folder: Path, inputs: SweepInputs) -> Iterator[ResultFolder]:
    """Make the folder if need be and hold its lock. Raises UserError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / LOCK_NAME)
        lock.acquire(timeout=0)
    except Timeout:
        raise UserError(f"--out {folder} is in use by another backtest; choose another") from None
    except OSError as error:
        raise _unusable(folder, error) from None
    try:
        yield ResultFolder(folder, inputs)
    finally:
        lock.release()


def _check_inputs(path: Path, inputs: SweepInputs) -> None:
    text = msgspec.json.format(msgspec.json.encode(inputs), indent=1)
    if not path.exists():
        path.write_bytes(text)
        return
    held = json.loads(path.read_bytes())
    wanted = json.loads(text)
    for name, what in _WHAT.items():
        if held.get(name) != wanted[name]:
            raise UserError(
                f"--out {path.parent} holds points of {what} ({INPUTS_NAME}: {name}); choose "
                "another folder or delete this one"
            )


def _read(path: Path) -> dict[str, PointResult]:
    if not path.exists():
        return {}
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        # The last point was interrupted while it was written; it is run again.
        path.write_bytes(whole)
    found: dict[str, PointResult] = {}
    for number, line in enumerate(whole.splitlines(), 1):
        try:
            result = _decoder.decode(line)
        except msgspec.MsgspecError as error:
            raise UserError(
                f"{path}: line {number} is no finished point ({error}); delete the line"
            ) from None
        found[result.key] = result
    return found


def _unusable(folder: Path, error: OSError) -> UserError:
    return UserError(f"--out {folder} cannot be used: {error.strerror}")
