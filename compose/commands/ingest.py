"""`wallwatch ingest`: a venue's frames to Kafka as a process."""

from __future__ import annotations

from pathlib import Path

import click

from compose.options import (
    chosen_markets,
    config_option,
    markets_options,
    section_flags,
    symbols_option,
    venue_option,
)
from compose.service import run_service
from ingest.errors import IngestError
from ingest.markets import run_markets
from schemas.settings import VenueName, load_settings


@click.command("ingest")
@config_option
@click.option("--brokers", metavar="HOST:PORT,...", help="Kafka bootstrap addresses.")
@symbols_option
@venue_option
@markets_options
@click.option("--websocket-url", metavar="URL", help="Root of the venue's WebSocket routes.")
@click.option("--rest-url", metavar="URL", help="Root of the venue's REST API.")
def command(
    *,
    config: Path | None,
    brokers: str | None,
    symbols: tuple[str, ...] | None,
    venue: str | None,
    markets: dict[str, tuple[str, ...]] | None,
    assets: tuple[str, ...] | None,
    venues: tuple[VenueName, ...] | None,
    websocket_url: str | None,
    rest_url: str | None,
) -> None:
    """Publish a venue's depth, trades and open interest to the market topics.

    \b
    wallwatch ingest --brokers kafka:9092 --symbols BTCUSDT,ETHUSDT
    wallwatch ingest --brokers kafka:9092 --assets BTC,ETH --venues all
    wallwatch exchange --port 9001 &
    wallwatch ingest --websocket-url ws://127.0.0.1:9001 --rest-url http://127.0.0.1:9001
    """
    alone = any(given is not None for given in (symbols, venue, websocket_url, rest_url))
    chosen = chosen_markets(markets, assets, venues, alone=alone)
    settings = load_settings(
        config,
        section_flags(
            kafka={"brokers": brokers},
            ingest={
                "venue": venue,
                "markets": chosen,
                "symbols": symbols,
                # Who names symbols wants these alone.
                "smart_money_symbols": None if symbols is None else (),
                "websocket_url": websocket_url,
                "rest_url": rest_url,
            },
        ),
    )
    run_service(lambda stop, ready: run_markets(settings, stop, ready), expected=(IngestError,))
