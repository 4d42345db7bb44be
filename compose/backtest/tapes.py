"""Captures as tapes, parsed once and kept: a later run finds the tape of the same bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from platformdirs import user_cache_path

import ingest
import schemas
from compose.backtest.tape_file import write_tape
from compose.errors import UserError
from compose.replay import check_symbols
from ingest.capture import capture_symbols
from ingest.errors import IngestError
from ingest.offline import market_records
from schemas.settings import Settings

MOST_CACHED_BYTES: Final = 4_000_000_000
"""The tapes used longest ago are deleted beyond this."""
DIGEST_BYTES: Final = 16
PROGRESS_RECORDS: Final = 500

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Tape:
    """One stretch of history; the engines of its symbols begin anew with it."""

    name: str
    """What it was made from, for people."""
    path: Path
    fingerprint: str
    """Hash of the records' source, of how they were read, and of the code that read them."""


def tape_folder() -> Path:
    """Return `wallwatch/tapes` of the user's cache folder."""
    return user_cache_path("wallwatch", appauthor=False) / "tapes"


def tapes_of_captures(
    captures: Sequence[Path],
    settings: Settings,
    symbols: Sequence[str] | None,
    folder: Path,
    say: Say,
) -> list[Tape]:
    """Return a tape for each capture; files of a folder in the order of their names.

    Raises UserError.
    """
    files = [file for capture in captures for file in _files(capture)]
    return [_tape_of(file, settings, symbols, folder, say) for file in files]


def code_hash(*packages: str) -> str:
    """Return a hash of the modules below folders: other code may give other results."""
    digest = hashlib.blake2b(digest_size=DIGEST_BYTES)
    for package in packages:
        for path in sorted(Path(package).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _files(capture: Path) -> list[Path]:
    if not capture.is_dir():
        return [capture]
    found = sorted(path for path in capture.iterdir() if path.is_file() and path.name[0] != ".")
    if not found:
        raise UserError(f"folder {capture} holds no capture; make one with `wallwatch record`")
    return found


def _tape_of(
    capture: Path, settings: Settings, symbols: Sequence[str] | None, folder: Path, say: Say
) -> Tape:
    fingerprint = _fingerprint(capture, settings, symbols)
    tape = Tape(capture.name, folder / f"{fingerprint}.tape", fingerprint)
    if tape.path.is_file():
        tape.path.touch()
        return tape
    try:
        if symbols is not None:
            check_symbols(capture, capture_symbols(capture), symbols)
        write_tape(tape.path, _told(market_records(capture, settings, symbols), capture, say))
    except IngestError as error:
        raise UserError(str(error)) from None
    _forget_old(folder, tape.path)
    return tape


def _fingerprint(capture: Path, settings: Settings, symbols: Sequence[str] | None) -> str:
    try:
        with capture.open("rb") as file:
            content = hashlib.file_digest(file, "blake2b").digest()
    except OSError as error:
        raise UserError(f"capture {capture}: cannot be read ({error.strerror})") from None
    digest = hashlib.blake2b(content, digest_size=DIGEST_BYTES)
    digest.update(repr(None if symbols is None else sorted(symbols)).encode())
    digest.update(settings.ingest.model_dump_json().encode())
    digest.update(code_hash(*ingest.__path__, *schemas.__path__).encode())
    return digest.hexdigest()


def _told(records: Iterator[object], capture: Path, say: Say) -> Iterator[object]:
    for number, record in enumerate(records):
        if number % PROGRESS_RECORDS == 0:
            say(f"reading {capture.name}: {number} records")
        yield record


def _forget_old(folder: Path, kept: Path) -> None:
    tapes = sorted(folder.glob("*.tape"), key=lambda path: path.stat().st_mtime, reverse=True)
    held = 0
    for path in tapes:
        held += path.stat().st_size
        if held > MOST_CACHED_BYTES and path != kept:
            path.unlink()
