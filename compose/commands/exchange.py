"""`wallwatch exchange`: the built-in exchange as a process of its own."""

from __future__ import annotations

from pathlib import Path

import click

from compose.options import CAPTURE_FILE, Speed, SymbolList, faults_option, venue_option
from compose.service import run_service
from ingest.exchange.config import Mode, build_config
from ingest.exchange.errors import ExchangeError
from ingest.exchange.faults.catalogue import catalogue
from ingest.exchange.faults.scenario import load_scenario
from ingest.exchange.server import run_exchange
from schemas.settings import VenueName, load_settings


def _list_faults(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        click.echo(catalogue())
        context.exit()


@click.command("exchange")
@click.option("--replay", type=CAPTURE_FILE, metavar="FILE", help="Play this capture.")
@click.option(
    "--speed",
    type=Speed(),
    default="1",
    show_default=True,
    help="Replay speed: 1 is real time, max does not wait.",
)
@click.option("--symbols", type=SymbolList(), default=(), help="Serve only these symbols.")
@venue_option
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
    "--port",
    type=click.IntRange(0, 65_535),
    default=0,
    show_default=True,
    help="Loopback port of WebSocket and REST; 0: a free one.",
)
def command(
    replay: Path | None,
    speed: float | str,
    symbols: tuple[str, ...],
    venue: VenueName | None,
    seed: int,
    faults: Path | None,
    journal: int,
    port: int,
) -> None:
    """Serve a market on loopback in the venue's own protocol.

    A simulated market with large orders that are placed, defended, swept and pulled, or a capture
    file. The first line on stdout tells the addresses as JSON; SIGTERM ends it.

    \b
    wallwatch exchange --port 9001 --seed 7
    wallwatch exchange --replay btcusdt.gz --speed 20
    wallwatch exchange --faults bad-day.toml
    """
    spoken = venue or load_settings().ingest.venue
    mode = Mode.SIMULATE if replay is None else Mode.CAPTURE
    run_service(
        lambda stop, ready: run_exchange(
            build_config(
                venue=spoken,
                mode=mode,
                file=replay,
                speed=speed,
                symbols=symbols,
                seed=seed,
                port=port,
                journal_steps=journal,
                faults=None if faults is None else load_scenario(faults),
            ),
            stop,
            ready,
        ),
        expected=(ExchangeError,),
    )
