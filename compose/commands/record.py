"""`wallwatch record`: a venue's frames to a capture file."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import click

from compose.options import config_option, section_flags, symbols_option, venue_option
from compose.service import Ready, run_service
from ingest.errors import IngestError
from ingest.recorder import run_record
from schemas.settings import Settings, load_settings


@click.command("record")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    required=True,
    help="The capture file; compressed if the name ends in .gz. Never overwritten.",
)
@symbols_option
@venue_option
@click.option(
    "--seconds", type=click.FloatRange(min=0, min_open=True), help="Stop after this time, s."
)
@click.option("--websocket-url", metavar="URL", help="Root of the venue's WebSocket routes.")
@click.option("--rest-url", metavar="URL", help="Root of the venue's REST API.")
@config_option
def command(
    *,
    out: Path,
    symbols: tuple[str, ...] | None,
    venue: str | None,
    seconds: float | None,
    websocket_url: str | None,
    rest_url: str | None,
    config: Path | None,
) -> None:
    """Write a venue's frames, as they come, to a capture file that can be replayed.

    Ends on Ctrl-C, after --seconds, or when the venue ends the stream.

    \b
    wallwatch record --symbols BTCUSDT --out btcusdt.gz --seconds 3600
    wallwatch replay btcusdt.gz --out signals.ndjson
    """
    settings = load_settings(
        config,
        section_flags(
            ingest={
                "venue": venue,
                "symbols": symbols,
                "websocket_url": websocket_url,
                "rest_url": rest_url,
            }
        ),
    )
    run_service(
        lambda stop, ready: _record(settings, out, stop, ready, seconds), expected=(IngestError,)
    )


async def _record(
    settings: Settings, out: Path, stop: asyncio.Event, ready: Ready, seconds: float | None
) -> dict[str, Any]:
    if seconds is not None:
        asyncio.get_running_loop().call_later(seconds, stop.set)
    return await run_record(settings, out, stop, ready)
