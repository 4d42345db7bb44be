"""`wallwatch watch`: symbols that ingest follows, changed while it runs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import click
from aiokafka.errors import KafkaError

from compose.control.run import run_control
from compose.control.symbol_status import not_followed
from compose.options import MarketNames, config_option, section_flags, venue_option
from ingest.watch.symbols import ALL
from schemas.clock import wall_us
from schemas.control import WatchAction, WatchCommand
from schemas.quotes import quote_note
from schemas.settings import Settings, load_settings
from schemas.topics import WATCHLIST

Markets = tuple[tuple[str | None, str], ...]
"""Venue (None: that of the settings) and symbol."""


def _options(function: Callable[..., None]) -> Callable[..., None]:
    brokers = click.option("--brokers", metavar="HOST:PORT,...", help="Kafka bootstrap addresses.")
    return config_option(brokers(venue_option(function)))


@click.group("watch")
def command() -> None:
    """Start and stop symbols without a restart.

    \b
    wallwatch watch add SOLUSDT,XRPUSDT
    wallwatch watch add bybit_linear:SOLUSDT,okx_swap:SOL-USDT-SWAP
    wallwatch watch remove XRPUSDT
    wallwatch watch list
    The newest command of a symbol counts, over the symbols in the settings.
    """


@command.command("add")
@click.argument("markets", type=MarketNames(), metavar="[VENUE:]SYMBOL,...")
@_options
def add(markets: Markets, config: Path | None, brokers: str | None, venue: str | None) -> None:
    """Follow symbols from now on, of --venue or of the venue named with each."""
    settings = _settings(config, brokers, venue)
    _command_all(WatchAction.ADD, markets, settings)
    if note := quote_note((symbol for _, symbol in markets), settings.quotes):
        click.echo(note, err=True)


@command.command("remove")
@click.argument("markets", type=MarketNames(), metavar="[VENUE:]SYMBOL,...")
@_options
def remove(markets: Markets, config: Path | None, brokers: str | None, venue: str | None) -> None:
    """Follow symbols no longer, of --venue or of the venue named with each."""
    _command_all(WatchAction.REMOVE, markets, _settings(config, brokers, venue))


@command.command("list")
@_options
def show(config: Path | None, brokers: str | None, venue: str | None) -> None:
    """Show the symbols of the settings, the commands over them, and why one is not followed."""
    settings = _settings(config, brokers, venue)
    commands = run_control(settings.kafka, WATCHLIST, lambda topic: topic.newest())
    ingest = settings.ingest
    sources = {symbol.upper(): "configured" for symbol in ingest.symbols}
    for symbol in ingest.smart_money_symbols:
        sources.setdefault(symbol.upper(), "configured (smart money)")
    for said in commands.values():
        if said.venue == ingest.venue:
            when = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(said.issued_us / 1e6))
            word = "added" if said.action is WatchAction.ADD else "removed"
            sources[said.symbol.upper()] = f"{word} {when} UTC"
    reasons = _reasons(settings)
    for symbol, source in sources.items():
        reason = reasons.pop(symbol, "") if not source.startswith("removed") else ""
        click.echo(f"{symbol:<16} {source}{f'; not followed: {reason}' if reason else ''}")
    if ALL in sources:
        for symbol, reason in sorted(reasons.items()):
            if symbol not in sources:
                click.echo(f"{symbol:<16} not followed: {reason}")


def _reasons(settings: Settings) -> dict[str, str]:
    """Return why ingest does not follow symbols; a broker that cannot tell is named on stderr."""
    try:
        return asyncio.run(not_followed(settings.kafka, settings.ingest.venue))
    except (KafkaError, OSError) as error:
        click.echo(f"topic market.status cannot be read: {error!r}", err=True)
        return {}


def _settings(config: Path | None, brokers: str | None, venue: str | None) -> Settings:
    flags = section_flags(kafka={"brokers": brokers}, ingest={"venue": venue})
    return load_settings(config, flags)


def _command_all(action: WatchAction, markets: Markets, settings: Settings) -> None:
    issued_us = wall_us()
    commands = [
        WatchCommand(
            venue=venue or settings.ingest.venue,
            symbol=symbol,
            action=action,
            issued_us=issued_us,
        )
        for venue, symbol in markets
    ]
    run_control(settings.kafka, WATCHLIST, lambda topic: topic.write(commands))
    for said in commands:
        click.echo(f"{said.symbol} {said.action.value}")
