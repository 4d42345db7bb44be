"""Command-line options that several commands share."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from compose.errors import UsageError
from schemas.settings import VENUES, IngestSettings, VenueName, markets_of

F = TypeVar("F", bound=Callable[..., Any])

MAX_SPEED = "max"
ALL_VENUES: Final = "all"

SYMBOL_NAME = re.compile(r"[^\W_](?:[^\W_]|[-_](?=[^\W_]))*")
"""Letters and digits of any script; `BTCUSD_PERP` and `BTC-USDT-SWAP` have parts."""

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
        if not all(SYMBOL_NAME.fullmatch(symbol) for symbol in symbols):
            self.fail(
                f"{value!r} is not a comma list of symbols such as BTCUSDT,ETHUSDT",
                param,
                ctx,
            )
        return symbols


class MarketNames(click.ParamType):
    """A,B or VENUE:A,VENUE:B: symbols, of a venue where one is named."""

    name = "[VENUE:]SYMBOL,..."

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[tuple[str | None, str], ...]:
        """Return pairs of venue (None: not named) and symbol."""
        if isinstance(value, tuple):
            return value
        pairs: list[tuple[str | None, str]] = []
        for part in value.split(","):
            if ":" in part:
                ((venue, (symbol,)),) = MarketList().convert(part, param, ctx).items()
                pairs.append((venue, symbol))
            else:
                pairs += [(None, symbol) for symbol in SymbolList().convert(part, param, ctx)]
        return tuple(dict.fromkeys(pairs))


class MarketList(click.ParamType):
    """binance_usdm:BTCUSDT,okx_swap:BTC-USDT-SWAP: symbols by venue, in the order given."""

    name = "VENUE:SYMBOL,..."

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> dict[str, tuple[str, ...]]:
        """Return the symbols of each venue, each once."""
        if isinstance(value, dict):
            return value
        found: dict[str, tuple[str, ...]] = {}
        for part in value.split(","):
            venue, colon, symbol = part.strip().partition(":")
            if not colon or not SYMBOL_NAME.fullmatch(symbol):
                self.fail(f"{part!r} is not VENUE:SYMBOL, such as binance_usdm:BTCUSDT", param, ctx)
            if venue not in VENUES:
                self.fail(f"unknown venue {venue!r}; known: {', '.join(VENUES)}", param, ctx)
            found[venue] = tuple(dict.fromkeys((*found.get(venue, ()), symbol.upper())))
        return found


class VenueList(click.ParamType):
    """binance_usdm,bybit_linear, or `all`."""

    name = "V,W,...|all"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[VenueName, ...]:
        """Return the venues, each once."""
        if isinstance(value, tuple):
            return value
        if value == ALL_VENUES:
            return VENUES
        named = dict.fromkeys(part.strip() for part in value.split(","))
        if unknown := [name for name in named if name not in VENUES]:
            known = f"{', '.join(VENUES)}, or {ALL_VENUES}"
            self.fail(f"unknown venue {unknown[0]!r}; known: {known}", param, ctx)
        return tuple(name for name in VENUES if name in named)


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


def markets_options(function: F) -> F:
    """Add --markets, --assets and --venues."""
    venues = click.option(
        "--venues", type=VenueList(), help="Venues of --assets; all (default): every one."
    )
    assets = click.option(
        "--assets", type=SymbolList(), help="Follow these coins on --venues, for example BTC,ETH."
    )
    markets = click.option(
        "--markets",
        type=MarketList(),
        help="Follow markets of several venues at once, for example "
        "binance_usdm:BTCUSDT,bybit_linear:BTCUSDT,okx_swap:BTC-USDT-SWAP.",
    )
    return markets(assets(venues(function)))


def chosen_markets(
    markets: dict[str, tuple[str, ...]] | None,
    assets: tuple[str, ...] | None,
    venues: tuple[VenueName, ...] | None,
    *,
    alone: bool,
) -> dict[Any, tuple[str, ...]] | None:
    """Return the markets that flags name, None where they name none.

    `alone`: whether --symbols or --venue was given too. Raises UsageError.
    """
    if venues is not None and assets is None:
        raise UsageError("--venues belongs to --assets A,B")
    if markets is not None and assets is not None:
        raise UsageError("give --markets or --assets, not both")
    if (markets is not None or assets is not None) and alone:
        raise UsageError(
            "--markets and --assets name venue and symbols: leave out --venue, --symbols"
        )
    if assets is not None:
        return dict(markets_of(assets, venues or VENUES))
    return markets


def venue_option(function: F) -> F:
    """Add --venue NAME."""
    default = IngestSettings.model_fields["venue"].default
    return click.option(
        "--venue",
        type=click.Choice(VENUES),
        help=f"The venue; default: that of the settings ({default}).",
    )(function)


def section_flags(**values: dict[str, Any]) -> dict[str, Any]:
    """Return the flags for `load_settings`: only those that were given (not None)."""
    flags = {
        section: {name: value for name, value in fields.items() if value is not None}
        for section, fields in values.items()
    }
    return {section: fields for section, fields in flags.items() if fields}
