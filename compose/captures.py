"""Captures as they are named on the command line, and several of them as one log."""

from __future__ import annotations

import heapq
import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any

import click

from compose.errors import UserError
from compose.options import CAPTURE_FILE
from ingest.kept_lines import KeptLines
from ingest.offline import timed_records
from schemas.control import DeadLetter
from schemas.record import Record, symbol_key
from schemas.settings import VENUES, IngestSettings, Settings


@dataclass(frozen=True, slots=True)
class Capture:
    """One capture file of one venue."""

    path: Path
    venue: str | None = None
    """None: that of the settings."""

    def settings(self, settings: Settings) -> Settings:
        """Return the settings with this capture's venue in them."""
        if self.venue is None or self.venue == settings.ingest.venue:
            return settings
        stated = settings.ingest.model_dump(exclude_unset=True)
        ingest = IngestSettings.model_validate({**stated, "venue": self.venue})
        return settings.model_copy(update={"ingest": ingest})


class CaptureName(click.ParamType):
    """FILE or VENUE:FILE."""

    name = "[VENUE:]FILE"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Capture:
        """Return the capture; the file has to exist."""
        if isinstance(value, Capture):
            return value
        venue, colon, file = str(value).partition(":")
        if colon and venue in VENUES:
            return Capture(_file(file, param, ctx), venue)
        if colon and file and not Path(value).exists() and Path(file).exists():
            self.fail(f"unknown venue {venue!r}; known: {', '.join(VENUES)}", param, ctx)
        return Capture(_file(value, param, ctx))


def _file(name: str, param: click.Parameter | None, ctx: click.Context | None) -> Path:
    return Path(os.fsdecode(CAPTURE_FILE.convert(name, param, ctx)))


def lines_of(captures: Sequence[Capture], settings: Settings) -> list[KeptLines]:
    """Return the lines of each capture, to be read once for its markets and its records."""
    return [KeptLines(capture.path, capture.settings(settings).ingest) for capture in captures]


def check_markets(
    captures: Sequence[Capture],
    settings: Settings,
    wanted: Collection[str] | None,
    lines: Sequence[KeptLines] | None = None,
) -> list[str]:
    """Return the markets (`venue:symbol`) of all captures, in alphabetical order. `lines`: theirs.

    Raises UserError where no capture holds a wanted symbol, or two hold the same market;
    IngestError where a file is no capture.
    """
    owners: dict[tuple[str, str], Path] = {}
    for capture, kept in zip(captures, lines or lines_of(captures, settings), strict=True):
        venue = capture.settings(settings).ingest.venue
        for symbol in kept.symbols():
            first = owners.setdefault((venue, symbol), capture.path)
            if first is not capture.path and (wanted is None or symbol in wanted):
                raise UserError(
                    f"{first} and {capture.path} both hold {symbol} of {venue}; "
                    "give one of them, or name the venue of each as VENUE:FILE"
                )
    there = sorted({symbol for _, symbol in owners})
    if unknown := sorted(set(wanted or ()) - set(there)):
        files = ", ".join(str(capture.path) for capture in captures)
        raise UserError(
            f"unknown symbol {', '.join(unknown)}; capture {files} holds {', '.join(there)}"
        )
    return sorted(symbol_key(*owner) for owner in owners if wanted is None or owner[1] in wanted)


def merged_records(
    captures: Sequence[Capture],
    settings: Settings,
    symbols: Collection[str] | None = None,
    lines: Sequence[KeptLines] | None = None,
) -> Iterator[Record | DeadLetter]:
    """Yield the records of all captures in the order of their receive times (collector's clock).

    Those of one capture keep their order; at equal times the capture that was named first comes
    first. `lines`: theirs. Raises IngestError.
    """
    streams = [
        timed_records(capture.path, capture.settings(settings), symbols, kept)
        for capture, kept in zip(captures, lines or lines_of(captures, settings), strict=True)
    ]
    for _, record in heapq.merge(*streams, key=itemgetter(0)):
        yield record
