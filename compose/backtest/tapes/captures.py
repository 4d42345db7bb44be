"""Captures as tapes, parsed once: a later run finds the tape of the same bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import ingest
import schemas
from compose.backtest import tapes
from compose.backtest.tapes.tape import DIGEST_BYTES, Say, Tape, code_hash, taped
from compose.errors import UserError
from compose.replay import check_symbols
from ingest.errors import IngestError
from ingest.kept_lines import capture_symbols
from ingest.offline import market_records
from schemas.settings import Settings


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
    code = code_hash(*ingest.__path__, *schemas.__path__, *tapes.__path__)
    files = [file for capture in captures for file in _files(capture)]
    return [_tape_of(file, settings, symbols, folder, code, say) for file in files]


def _files(capture: Path) -> list[Path]:
    if not capture.is_dir():
        return [capture]
    found = sorted(path for path in capture.iterdir() if path.is_file() and path.name[0] != ".")
    if not found:
        raise UserError(f"folder {capture} holds no capture; make one with `wallwatch record`")
    return found


def _tape_of(
    capture: Path,
    settings: Settings,
    symbols: Sequence[str] | None,
    folder: Path,
    code: str,
    say: Say,
) -> Tape:
    def records() -> Iterator[object]:
        if symbols is not None:
            check_symbols(capture, capture_symbols(capture, settings.ingest), symbols)
        return market_records(capture, settings, symbols)

    fingerprint = _fingerprint(capture, settings, symbols, code)
    try:
        return taped(capture.name, fingerprint, folder, records, say)
    except IngestError as error:
        raise UserError(str(error)) from None


def _fingerprint(
    capture: Path, settings: Settings, symbols: Sequence[str] | None, code: str
) -> str:
    try:
        with capture.open("rb") as file:
            content = hashlib.file_digest(file, "blake2b").digest()
    except OSError as error:
        raise UserError(f"capture {capture}: cannot be read ({error.strerror})") from None
    digest = hashlib.blake2b(content, digest_size=DIGEST_BYTES)
    digest.update(repr(None if symbols is None else sorted(symbols)).encode())
    digest.update(settings.ingest.model_dump_json().encode())
    digest.update(code.encode())
    return digest.hexdigest()
