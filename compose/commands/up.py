"""`wallwatch up`: the whole pipeline on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from compose.brokers.choice import check_choice
from compose.captures import Capture, CaptureName
from compose.errors import UsageError
from compose.options import (
    Speed,
    chosen_markets,
    config_option,
    faults_option,
    markets_options,
    section_flags,
    symbols_option,
    venue_option,
)
from compose.stack.plan import DEFAULT_DATA_DIR, Mode, StackPlan
from compose.stack.up import run_up
from ingest.exchange.errors import ExchangeError
from ingest.exchange.faults.scenario import load_scenario
from schemas.settings import Settings, VenueName, load_settings


@click.command("up")
@click.option("--demo", is_flag=True, help="Use a simulated market (the default).")
@click.option("--live", is_flag=True, help="Connect to the venue.")
@click.option(
    "--replay",
    "captures",
    type=CaptureName(),
    metavar="[VENUE:]FILE",
    multiple=True,
    help="Play a capture file through the same pipeline; given again, another one of another venue "
    "at the same time.",
)
@click.option(
    "--speed", type=Speed(), default=None, help="Replay speed: 1 is real time, max does not wait."
)
@click.option("--once", is_flag=True, help="Exit when the replay is fully processed and stored.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON report as the last line.")
@click.option(
    "--broker",
    default="noida",
    show_default=True,
    metavar="noida|apache|HOST:PORT",
    help="Embedded broker, local Apache Kafka (needs Java and Maven), or an external broker.",
)
@click.option(
    "--clickhouse",
    metavar="chdb:PATH|http(s)://HOST:PORT",
    help="The store; default: an embedded engine (chDB) in the data dir.",
)
@symbols_option
@venue_option
@markets_options
@click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help=f"Folder of all data. Default: {DEFAULT_DATA_DIR}; for a replay a temporary folder.",
)
@click.option("--port", type=int, help="Port of the page; 0 (default): a free one.")
@click.option(
    "--seed", type=int, default=1, show_default=True, help="Seed of the simulated market."
)
@faults_option
@config_option
def command(
    *,
    demo: bool,
    live: bool,
    captures: tuple[Capture, ...],
    speed: float | str | None,
    once: bool,
    as_json: bool,
    broker: str,
    clickhouse: str | None,
    symbols: tuple[str, ...] | None,
    venue: str | None,
    markets: dict[str, tuple[str, ...]] | None,
    assets: tuple[str, ...] | None,
    venues: tuple[VenueName, ...] | None,
    data_dir: Path | None,
    port: int | None,
    seed: int,
    faults: Path | None,
    config: Path | None,
) -> int:
    """Run broker, ingest, engine, store and live page on this machine; Ctrl-C stops them all.

    \b
    Examples:
      wallwatch up                              a simulated market; open the printed address
      wallwatch up --demo --assets BTC,ETH      a simulated market of each on all venues
      wallwatch up --live --symbols BTCUSDT     the real venue
      wallwatch up --live --assets BTC --venues all
                                                every market of a coin at once
      wallwatch up --replay btcusdt.gz --speed 20 --once --json
                                                a capture, as fast as 20 x, then a report
      wallwatch up --replay binance_usdm:perp.gz --replay binance_spot:spot.gz
                                                two markets of a coin at once
      wallwatch up --faults bad-day.toml        a simulated market where things go wrong
      wallwatch up --broker apache              with a real Apache Kafka
      wallwatch up --broker kafka:9092 --clickhouse http://clickhouse:8123
                                                with servers of yours
    """
    mode = _mode(demo=demo, live=live, replay=bool(captures))
    if mode is not Mode.REPLAY and (once or speed is not None):
        raise UsageError(f"--{'once' if once else 'speed'} belongs to --replay FILE")
    if faults is not None:
        if mode is Mode.LIVE:
            raise UsageError("--faults is for the built-in exchange, not for --live")
        if markets is not None or assets is not None:
            raise UsageError("--faults is for one venue: leave out --markets, --assets")
        _check_scenario(faults)
    check_choice(broker)
    chosen = chosen_markets(markets, assets, venues, alone=bool(symbols or venue))
    if chosen is not None and mode is Mode.REPLAY:
        raise UsageError("--markets and --assets are for --live or --demo, not for --replay")
    flags = section_flags(
        ingest={"venue": venue, "markets": chosen},
        clickhouse={"url": clickhouse},
        web={"port": port},
    )
    settings = load_settings(config, flags)
    _check_venues(captures, settings)
    if data_dir is None and mode is not Mode.REPLAY:
        data_dir = DEFAULT_DATA_DIR
    plan = StackPlan(
        mode=mode,
        settings=settings,
        broker=broker,
        data_dir=data_dir,
        symbols=symbols,
        captures=tuple(Capture(one.path.absolute(), one.venue) for one in captures),
        speed=speed if speed is not None else 1.0,
        seed=seed,
        once=once,
        faults=faults.absolute() if faults is not None else None,
    )
    return run_up(plan, as_json=as_json)


def _check_venues(captures: Sequence[Capture], settings: Settings) -> None:
    """Refuse two captures of one venue: an ingest follows one of each. Raises UsageError."""
    venues = [capture.settings(settings).ingest.venue for capture in captures]
    if len(set(venues)) < len(venues):
        raise UsageError("two captures of one venue; name the venue of each as VENUE:FILE")


def _check_scenario(path: Path) -> None:
    """Refuse a faulty file before anything is started. Raises UsageError."""
    try:
        load_scenario(path)
    except ExchangeError as error:
        raise UsageError(str(error)) from None


def _mode(*, demo: bool, live: bool, replay: bool) -> Mode:
    if demo + live + replay > 1:
        raise UsageError("give one of --demo, --live and --replay FILE")
    if replay:
        return Mode.REPLAY
    return Mode.LIVE if live else Mode.DEMO
