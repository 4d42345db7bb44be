"""`wallwatch settings`: engine settings, shown and changed while the workers run."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click
from pydantic import ValidationError

from compose.assignment import assignment
from compose.control.run import run_control
from compose.errors import UsageError
from compose.options import config_option, section_flags
from schemas.control import SettingsChange
from schemas.record import symbol_key
from schemas.settings import Settings, explain, load_settings, merged
from schemas.settings.change import DELAY_MS, change_of, engine_with
from schemas.topics import SETTINGS


def _options(function: Callable[..., None]) -> Callable[..., None]:
    brokers = click.option("--brokers", metavar="HOST:PORT,...", help="Kafka bootstrap addresses.")
    return config_option(brokers(function))


@click.group("settings")
def command() -> None:
    """Change engine settings without a restart.

    \b
    wallwatch settings set BTCUSDT threshold.floor_usd=2000000
    wallwatch settings set '*' classify.impact_ratio=0.3 lifecycle.max_tracked=50
    wallwatch settings reset BTCUSDT
    wallwatch settings list
    Every signal carries the `settings_version` that it was made with.
    """


@command.command("set")
@click.argument("symbol")
@click.argument("values", nargs=-1, required=True, metavar="SECTION.NAME=VALUE...")
@click.option("--in", "delay_s", default=DELAY_MS / 1_000, show_default=True, metavar="SECONDS",
              help="Delay until the change takes effect, in event time.")  # fmt: skip
@click.option("--at", "at_ms", type=int, metavar="MS", help="The event time itself; 0: at once.")
@_options
def set_values(
    symbol: str,
    values: tuple[str, ...],
    delay_s: float,
    at_ms: int | None,
    config: Path | None,
    brokers: str | None,
) -> None:
    """Lay VALUES over the settings of SYMBOL ('*': of all), over those set before."""
    settings = load_settings(config, section_flags(kafka={"brokers": brokers}))
    given: dict[str, Any] = {}
    for value in values:
        given = merged(given, assignment(value))
    # A mistake is told before the broker is asked.
    _check(settings, symbol, given)
    key = symbol_key(settings.ingest.venue, symbol)

    def changed(newest: Mapping[str, SettingsChange]) -> SettingsChange:
        before = newest[key].overrides if key in newest else {}
        overrides = merged(before, given)
        _check(settings, symbol, overrides)
        return change_of(settings, symbol, overrides, at_ms, int(delay_s * 1_000))

    newest = run_control(settings.kafka, SETTINGS, lambda topic: topic.amend(key, changed))
    click.echo(f"{symbol} {json.dumps(newest[key].overrides)}")


@command.command("reset")
@click.argument("symbol")
@click.option("--at", "at_ms", type=int, metavar="MS", help="The event time itself; 0: at once.")
@_options
def reset(symbol: str, at_ms: int | None, config: Path | None, brokers: str | None) -> None:
    """Take back everything that was set for SYMBOL."""
    settings = load_settings(config, section_flags(kafka={"brokers": brokers}))
    change = change_of(settings, symbol, {}, at_ms)
    run_control(settings.kafka, SETTINGS, lambda topic: topic.write([change]))
    click.echo(f"{symbol} as configured")


@command.command("list")
@_options
def show(config: Path | None, brokers: str | None) -> None:
    """Show what was changed at run time."""
    settings = load_settings(config, section_flags(kafka={"brokers": brokers}))
    newest = run_control(settings.kafka, SETTINGS, lambda topic: topic.newest())
    for change in newest.values():
        click.echo(
            f"{change.symbol:<16} from {change.effective_from} {json.dumps(change.overrides)}"
        )


def _check(settings: Settings, symbol: str, overrides: dict[str, Any]) -> None:
    try:
        engine_with(settings, symbol, overrides)
    except ValidationError as error:
        raise UsageError(explain(error)) from None
