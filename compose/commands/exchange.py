"""`wallwatch exchange`: the built-in exchange as a process of its own."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import Any

import click

from compose.captures import Capture, CaptureName
from compose.errors import UsageError
from compose.options import (
    Speed,
    SymbolList,
    chosen_markets,
    faults_option,
    markets_options,
    venue_option,
)
from compose.service import Ready, run_service
from ingest.exchange.config import Mode, build_config
from ingest.exchange.errors import ExchangeError
from ingest.exchange.faults.catalogue import catalogue
from ingest.exchange.faults.scenario import load_scenario
from ingest.exchange.server import play_captures, run_exchange, run_exchanges
from schemas.settings import VenueName, load_settings


def _list_faults(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        click.echo(catalogue())
        context.exit()


@click.command("exchange")
@click.option(
    "--replay",
    "captures",
    type=CaptureName(),
    multiple=True,
    metavar="[VENUE:]FILE",
    help="Play this capture; given again, another one of another venue at the same time.",
)
@click.option(
    "--speed",
    type=Speed(),
    default="1",
    show_default=True,
    help="Replay speed: 1 is real time, max does not wait.",
)
@click.option("--symbols", type=SymbolList(), default=(), help="Serve only these symbols.")
@venue_option
@markets_options
@click.option(
    "--seed", type=int, default=1, show_default=True, help="Seed of the simulated market."
)
@faults_option
@click.option(
    "--list-faults",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_list_faults,
    help="Print an example scenario and every fault with its fields.",
)
@click.option(
    "--journal",
    type=click.IntRange(0, 100_000),
    default=0,
    hidden=True,
    help="Keep the best levels of the last N steps, to compare a client's book with.",
)
@click.option(
    "--checksums",
    is_flag=True,
    help="OKX: prove each book by its checksum, as until June 2026; else it is 0.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=0,
    show_default=True,
    help="Loopback port of WebSocket and REST, of the first venue of several; 0: free ones.",
)
def command(
    captures: tuple[Capture, ...],
    speed: float | str,
    symbols: tuple[str, ...],
    venue: VenueName | None,
    markets: dict[str, tuple[str, ...]] | None,
    assets: tuple[str, ...] | None,
    venues: tuple[VenueName, ...] | None,
    seed: int,
    faults: Path | None,
    journal: int,
    checksums: bool,
    port: int,
) -> None:
    """Serve a market on loopback in the venue's own protocol.

    A simulated market with large orders that are placed, defended, swept and pulled, or a capture
    file. The first line on stdout tells the addresses as JSON; SIGTERM ends it. With --assets or
    --markets it serves several venues whose markets of a coin have one price: one of them leads.

    \b
    wallwatch exchange --port 9001 --seed 7
    wallwatch exchange --replay btcusdt.gz --speed 20
    wallwatch exchange --replay binance_usdm:perp.gz --replay binance_spot:spot.gz
    wallwatch exchange --faults bad-day.toml
    wallwatch exchange --assets BTC,ETH --venues all
    """
    build = partial(
        build_config, speed=speed, seed=seed, journal_steps=journal, checksums=checksums
    )
    chosen = chosen_markets(markets, assets, venues, alone=bool(symbols or venue))
    if chosen is not None:
        if captures or faults is not None:
            given = "--replay" if captures else "--faults"
            raise UsageError(f"{given} is for one venue: leave out --markets, --assets")
        configs = [
            build(venue=name, symbols=wanted, port=port + place if port else 0)
            for place, (name, wanted) in enumerate(chosen.items())
        ]
        run_service(
            lambda stop, ready: run_exchanges(configs, stop, ready), expected=(ExchangeError,)
        )
        return
    spoken = venue or load_settings().ingest.venue
    played = [capture.venue or spoken for capture in captures]
    if len(set(played)) < len(played):
        raise UsageError("two captures of one venue; name the venue of each as VENUE:FILE")

    async def serve(stop: asyncio.Event, ready: Ready) -> dict[str, Any]:
        made = partial(
            build, symbols=symbols, faults=None if faults is None else load_scenario(faults)
        )
        files = [
            made(
                venue=name,
                mode=Mode.CAPTURE,
                file=capture.path,
                port=port + place if port else 0,
            )
            for place, (name, capture) in enumerate(zip(played, captures, strict=True))
        ]
        if len(files) > 1:
            return await play_captures(files, stop, ready)
        [config] = files or [made(venue=spoken, mode=Mode.SIMULATE, port=port)]
        return await run_exchange(config, stop, ready)

    run_service(serve, expected=(ExchangeError,))
