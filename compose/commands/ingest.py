"""`wallwatch ingest`: a venue's frames to Kafka as a process."""

from __future__ import annotations

from pathlib import Path

import click

from compose.options import config_option, section_flags, symbols_option, venue_option
from compose.service import run_service
from ingest.errors import IngestError
from ingest.service import run_ingest
from schemas.settings import load_settings


@click.command("ingest")
@config_option
@click.option("--brokers", metavar="HOST:PORT,...", help="Kafka bootstrap addresses.")
@symbols_option
@venue_option
@click.option("--websocket-url", metavar="URL", help="Root of the venue's WebSocket routes.")
@click.option("--rest-url", metavar="URL", help="Root of the venue's REST API.")
def command(
    *,
    config: Path | None,
    brokers: str | None,
    symbols: tuple[str, ...] | None,
    venue: str | None,
    websocket_url: str | None,
    rest_url: str | None,
) -> None:
    """Publish a venue's depth, trades and open interest to the market topics.

    \b
    wallwatch ingest --brokers kafka:9092 --symbols BTCUSDT,ETHUSDT
    wallwatch exchange --port 9001 &
    wallwatch ingest --websocket-url ws://127.0.0.1:9001 --rest-url http://127.0.0.1:9001
    """
    settings = load_settings(
        config,
        section_flags(
            kafka={"brokers": brokers},
            ingest={
                "venue": venue,
                "symbols": symbols,
                # Who names symbols wants these alone.
                "smart_money_symbols": None if symbols is None else (),
                "websocket_url": websocket_url,
                "rest_url": rest_url,
            },
        ),
    )
    run_service(lambda stop, ready: run_ingest(settings, stop, ready), expected=(IngestError,))
