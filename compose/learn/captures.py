"""Captures of several venues on one command line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click

from compose.errors import UserError
from compose.tapes.captures import tapes_of_captures
from compose.tapes.tape import Tape
from schemas.settings import VENUES, Settings


class VenueCapture(NamedTuple):
    """A capture and the venue that it was recorded at."""

    venue: str | None
    """None: that of the settings."""
    path: Path


class VenueCaptureType(click.ParamType):
    """[VENUE:]FILE, such as binance_spot:btcusdt.gz."""

    name = "[VENUE:]FILE"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> VenueCapture:
        """Return the capture; it exists."""
        if isinstance(value, VenueCapture):
            return value
        head, colon, rest = str(value).partition(":")
        venue, name = (head, rest) if colon and head in VENUES else (None, str(value))
        click.Path(exists=True, readable=True).convert(name, param, ctx)
        return VenueCapture(venue, Path(name))


def tapes_of(
    captures: Sequence[VenueCapture], settings: Settings, folder: Path, say: Callable[[str], None]
) -> list[tuple[Tape, Settings]]:
    """Return the tapes of captures, each with the settings of its venue. Raises UserError."""
    found = []
    for capture in captures:
        own = settings
        if capture.venue is not None:
            ingest = settings.ingest.model_copy(update={"venue": capture.venue})
            own = settings.model_copy(update={"ingest": ingest})
        tapes = tapes_of_captures([capture.path], own, None, folder, say)
        found += [(tape, own) for tape in tapes]
    return found


def check_files(
    training: Sequence[tuple[Tape, Settings]], reporting: Sequence[tuple[Tape, Settings]]
) -> None:
    """Raise UserError where a file is on both sides: that is told before the engines run."""
    known = {tape.fingerprint for tape, _ in training}
    for tape, _ in reporting:
        if tape.fingerprint in known:
            raise UserError(
                f"{tape.name} is trained on and reported on; give --report-on a capture that the "
                "model has not seen"
            )
