"""Command-line options that several commands share."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, get_args

import click

from schemas.settings import IngestSettings, VenueName

F = TypeVar("F", bound=Callable[..., Any])

MAX_SPEED = "max"

CAPTURE_FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)


class SymbolList(click.ParamType):
    """BTCUSDT,ETHUSDT: a comma list, upper-cased, each once."""

    name = "A,B,..."

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Return the symbols in the order given."""
        if isinstance(value, tuple):
            return value
        symbols = tuple(dict.fromkeys(part.strip().upper() for part in value.split(",")))
        if not all(symbol.isalnum() for symbol in symbols):
            self.fail(
                f"{value!r} is not a comma list of symbols such as BTCUSDT,ETHUSDT",
                param,
                ctx,
            )
        return symbols


class Speed(click.ParamType):
    """A positive factor, or `max`."""

    name = "X|max"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float | str:
        """Return the factor, or `max`."""
        if value == MAX_SPEED:
            return MAX_SPEED
        try:
            speed = float(value)
        except ValueError:
            speed = math.nan
        if not 0 < speed <= 100_000:
            self.fail(f"{value!r} is not a factor in (0, 100000] or max", param, ctx)
        return speed


def config_option(function: F) -> F:
    """Add --config FILE."""
    return click.option(
        "--config",
        type=click.Path(dir_okay=False, path_type=Path),
        help="TOML file of settings; flags and WALLWATCH_* variables override it.",
    )(function)


def faults_option(function: F) -> F:
    """Add --faults FILE."""
    return click.option(
        "--faults",
        type=CAPTURE_FILE,
        metavar="FILE",
        help="Fault scenario of the built-in exchange, TOML or JSON; "
        "see `wallwatch exchange --list-faults`.",
    )(function)


def fee_option(function: F) -> F:
    """Add --fee-bps N."""
    return click.option(
        "--fee-bps",
        type=click.FloatRange(0, 1_000),
        help="Taker fee per side, bps; default: proof.fee_bps.",
    )(function)


def json_option(function: F) -> F:
    """Add --json to a command that prints a table."""
    return click.option(
        "--json", "as_json", is_flag=True, help="One line of JSON instead of the table."
    )(function)


def symbols_option(function: F) -> F:
    """Add --symbols A,B."""
    return click.option(
        "--symbols", type=SymbolList(), help="Watch these symbols, for example BTCUSDT,ETHUSDT."
    )(function)


def venue_option(function: F) -> F:
    """Add --venue NAME."""
    default = IngestSettings.model_fields["venue"].default
    return click.option(
        "--venue",
        type=click.Choice(get_args(VenueName)),
        help=f"The venue; default: that of the settings ({default}).",
    )(function)


def section_flags(**values: dict[str, Any]) -> dict[str, Any]:
    """Return the flags for `load_settings`: only those that were given (not None)."""
    flags = {
        section: {name: value for name, value in fields.items() if value is not None}
        for section, fields in values.items()
    }
    return {section: fields for section, fields in flags.items() if fields}
