"""A tape and where it is kept."""

from __future__ import annotations

import hashlib
import logging
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from platformdirs import user_cache_path

from compose.tapes.layout import TapeError
from compose.tapes.market_records import MarketRecords
from compose.tapes.tape_writer import TapeWriter, write_tape

logger = logging.getLogger(__name__)

MOST_CACHED_BYTES: Final = 4_000_000_000
"""The tapes used longest ago are deleted beyond this."""
DIGEST_BYTES: Final = 16
UNFINISHED_S: Final = 86_400.0
"""A tape that nobody has written to for so long will not be finished."""
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


def kept_tape(name: str, fingerprint: str, folder: Path) -> Tape | None:
    """Return the tape of a fingerprint, None where the folder has none."""
    tape = Tape(name, folder / f"{fingerprint}.tape", fingerprint)
    if not tape.path.is_file():
        return None
    with suppress(OSError):
        # It was used now; in a folder that is only read nothing is deleted by that.
        tape.path.touch()
    return tape


def taped(
    name: str, fingerprint: str, folder: Path, read: Callable[[], MarketRecords], say: Say
) -> Tape:
    """Return the tape of a fingerprint; made from what `read` returns where it is not in the folder
    yet.

    What reading raises is not caught. Raises TapeError.
    """
    if (tape := kept_tape(name, fingerprint, folder)) is not None:
        return tape
    tape = Tape(name, folder / f"{fingerprint}.tape", fingerprint)
    found = read()
    write_tape(tape.path, _told(found.records, name, say), found.markets)
    _forget_old(folder, tape.path)
    return tape


def while_taped(found: MarketRecords, fingerprint: str, folder: Path) -> Iterator[object]:
    """Yield records, and keep them as the tape of a fingerprint where their source was whole to its
    end. That they cannot be kept is logged; what reading raises is not caught."""
    path = folder / f"{fingerprint}.tape"
    records = iter(found.records)
    try:
        with TapeWriter(path, found.markets) as tape:
            for record in records:
                yield record
                tape.add(record)
            if found.is_whole():
                tape.finish()
                _forget_old(folder, path)
    except TapeError as error:
        logger.warning("%s; the capture will be parsed again", error)
    yield from records


def taped_anew(name: str, folder: Path, records: Iterable[object], say: Say) -> Tape:
    """Return a tape of records whose source may have changed since it was read last: it is known by
    its content. What `records` raises is not caught. Raises TapeError.
    """
    unnamed = folder / f".unnamed-{os.getpid()}"
    write_tape(unnamed, _told(records, name, say))
    with unnamed.open("rb") as file:
        fingerprint = hashlib.file_digest(file, "blake2b").hexdigest()[: 2 * DIGEST_BYTES]
    tape = Tape(name, folder / f"{fingerprint}.tape", fingerprint)
    unnamed.replace(tape.path)
    _forget_old(folder, tape.path)
    return tape


def code_hash(*packages: str) -> str:
    """Return a hash of modules, or of all below folders: other code may give other results."""
    digest = hashlib.blake2b(digest_size=DIGEST_BYTES)
    for package in map(Path, packages):
        for path in sorted(package.rglob("*.py")) if package.is_dir() else [package]:
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _told(records: Iterable[object], name: str, say: Say) -> Iterator[object]:
    for number, record in enumerate(records):
        if number % PROGRESS_RECORDS == 0:
            say(f"reading {name}: {number} records")
        yield record


def _forget_old(folder: Path, kept: Path) -> None:
    """Delete the tapes used longest ago beyond what is kept, and what a killed run has left
    unfinished. Others may do the same at the same time."""
    held, now_s = 0, time.time()
    for used_s, size, path in sorted(_files_of(folder), reverse=True):
        is_unfinished = path.name.startswith(".")
        if is_unfinished and now_s - used_s < UNFINISHED_S:
            continue
        held += size
        if path != kept and (is_unfinished or held > MOST_CACHED_BYTES):
            with suppress(OSError):
                path.unlink()


def _files_of(folder: Path) -> Iterator[tuple[float, int, Path]]:
    """Yield time of the last use (s since the epoch), size and path of each tape."""
    for path in folder.iterdir():
        if ".tape" in path.name:
            with suppress(OSError):
                found = path.stat()
                yield found.st_mtime, found.st_size, path
