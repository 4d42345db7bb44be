"""Captures as tapes, parsed once: a later run finds the tape of the same bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

import ingest
import schemas
from compose import captures as captures_module
from compose import tapes
from compose.captures import Capture, check_markets, lines_of, merged_records
from compose.errors import UserError
from compose.tapes.market_records import MarketRecords
from compose.tapes.tape import (
    DIGEST_BYTES,
    Say,
    Tape,
    code_hash,
    kept_tape,
    taped,
    while_taped,
)
from compose.tapes.tape_file import engine_records, tape_markets
from ingest.errors import IngestError
from schemas.settings import Settings


def tapes_of_captures(
    files: Sequence[Path],
    settings: Settings,
    symbols: Collection[str] | None,
    folder: Path,
    say: Say,
) -> list[Tape]:
    """Return a tape for each capture; files of a folder in the order of their names.

    Raises UserError.
    """
    code = _code()
    captures = [Capture(file) for given in files for file in _files(given)]
    return [_tape_of(capture, settings, symbols, folder, code, say) for capture in captures]


def records_of_captures(
    captures: Sequence[Capture],
    settings: Settings,
    symbols: Collection[str] | None,
    folder: Path | None,
) -> MarketRecords:
    """Return what captures hold together, merged by receive time: from the tape that an earlier
    call has left in `folder`, or parsed, which leaves one there. None: parsed, and nothing is left.

    Raises UserError, and IngestError now or while the records are read.
    """
    if folder is None:
        return _parsed(captures, settings, symbols)
    sizes = _sizes(captures)
    fingerprint = _fingerprint(captures, settings, symbols, _code())
    names = ", ".join(capture.path.name for capture in captures)
    tape = kept_tape(names, fingerprint, folder)
    if tape is not None:
        return MarketRecords(tape_markets(tape.path), engine_records(tape.path))
    found = _parsed(captures, settings, symbols)
    # One that is still being recorded may have been longer when it was parsed.
    whole = replace(found, is_whole=lambda: found.is_whole() and _sizes(captures) == sizes)
    return MarketRecords(found.markets, while_taped(whole, fingerprint, folder))


def _parsed(
    captures: Sequence[Capture], settings: Settings, symbols: Collection[str] | None
) -> MarketRecords:
    lines = lines_of(captures, settings)
    markets = check_markets(captures, settings, symbols, lines)
    records = merged_records(captures, settings, symbols, lines)
    return MarketRecords(markets, records, lambda: not any(kept.is_cut_off for kept in lines))


def _sizes(captures: Sequence[Capture]) -> list[int]:
    try:
        return [capture.path.stat().st_size for capture in captures]
    except OSError:
        return []


def _files(capture: Path) -> list[Path]:
    if not capture.is_dir():
        return [capture]
    found = sorted(path for path in capture.iterdir() if path.is_file() and path.name[0] != ".")
    if not found:
        raise UserError(f"folder {capture} holds no capture; make one with `wallwatch record`")
    return found


def _tape_of(
    capture: Capture,
    settings: Settings,
    symbols: Collection[str] | None,
    folder: Path,
    code: str,
    say: Say,
) -> Tape:
    fingerprint = _fingerprint([capture], settings, symbols, code)
    try:
        return taped(
            capture.path.name,
            fingerprint,
            folder,
            lambda: _parsed([capture], settings, symbols),
            say,
        )
    except IngestError as error:
        raise UserError(str(error)) from None


def _code() -> str:
    read_by = (*ingest.__path__, *schemas.__path__, *tapes.__path__)
    return code_hash(*read_by, str(captures_module.__file__))


def _fingerprint(
    captures: Sequence[Capture], settings: Settings, symbols: Collection[str] | None, code: str
) -> str:
    digest = hashlib.blake2b(digest_size=DIGEST_BYTES)
    for capture in captures:
        try:
            with capture.path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "blake2b").digest())
        except OSError as error:
            raise UserError(f"capture {capture.path}: cannot be read ({error.strerror})") from None
        digest.update(capture.settings(settings).ingest.model_dump_json().encode())
    digest.update(repr(None if symbols is None else sorted(symbols)).encode())
    digest.update(repr(sorted(settings.quotes.items())).encode())
    digest.update(code.encode())
    return digest.hexdigest()
