"""The options of `wallwatch backtest` that belong together, and what they say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from compose.backtest.backtest import Sweep
from compose.backtest.judgement.objective import Measure, Objective
from compose.backtest.sweep.points import Point, grid, parse_axis, parse_range, search
from compose.backtest.sweep.validation import DEFAULT_PLAN, ValidationPlan
from compose.errors import UsageError
from compose.tapes.archive import tape_of_archive
from compose.tapes.captures import tapes_of_captures
from compose.tapes.log import parse_offset, tape_of_log
from compose.tapes.merging import NEVER_US, Span
from compose.tapes.tape import Say, Tape
from schemas.settings import Settings
from schemas.signals import ReadingKind

F = TypeVar("F", bound=Callable[..., Any])

DEFAULT_HORIZON_MS: Final = 15_000
SLICES: Final = [str(count) for count in range(4, 21, 2)]
TIME: Final = click.DateTime(["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d"])

_SOURCE: Final = (
    click.option("--archive", is_flag=True, help="Read the raw archive of the store."),
    click.option(
        "--clickhouse", metavar="URL", help="The store: http(s)://HOST:PORT or chdb:PATH."
    ),
    click.option("--log", is_flag=True, help="Read the market topics of Kafka, up to now."),
    click.option("--brokers", metavar="HOST:PORT,...", help="Kafka bootstrap addresses."),
    click.option(
        "--offset",
        "offsets",
        multiple=True,
        metavar="TOPIC/PARTITION=N",
        help="With --log: begin a partition here; default: with what the log still holds.",
    ),
    click.option(
        "--since",
        type=TIME,
        metavar="TIME",
        help="With --archive and --log: received from then on, UTC, such as 2026-11-28T12:00.",
    ),
    click.option("--until", type=TIME, metavar="TIME", help="The same: received before then."),
)
_SWEEP: Final = (
    click.option(
        "--grid",
        "grids",
        multiple=True,
        metavar="NAME=V1,V2,...",
        help="Run every combination of these values; may be repeated.",
    ),
    click.option(
        "--search",
        "searched",
        type=click.IntRange(1, 100_000),
        metavar="N",
        help="Run N points drawn at random from --range and --grid.",
    ),
    click.option(
        "--range",
        "ranges",
        multiple=True,
        metavar="NAME=LOW:HIGH[:log]",
        help="With --search: draw this setting from a range, evenly or evenly in the logarithm.",
    ),
    click.option("--seed", type=int, default=1, show_default=True, help="Seed of --search."),
    click.option(
        "--processes",
        type=click.IntRange(1, 1_000),
        metavar="N",
        help="Points that run at once; default: one a core.",
    ),
    click.option(
        "--measure",
        type=click.Choice([measure.value for measure in Measure]),
        default=Measure.RATIO.value,
        show_default=True,
        help="What ranks the points: mean return over its standard deviation, mean return, or "
        "mean return after fee and spread.",
    ),
    click.option(
        "--horizon",
        "horizon_ms",
        type=int,
        default=DEFAULT_HORIZON_MS,
        show_default=True,
        metavar="MS",
        help="Horizon of the returns, one of ledger.horizons_ms.",
    ),
    click.option(
        "--kind",
        type=click.Choice([kind.value for kind in ReadingKind]),
        help="Rank by this kind of reading.",
    ),
    click.option("--label", help="Rank by this class, action or rule, for example SPOOF."),
    click.option(
        "--folds",
        type=click.IntRange(1, 1_000),
        default=DEFAULT_PLAN.folds,
        show_default=True,
        help="Cuts of the walk-forward: the best point before each is judged after it.",
    ),
    click.option(
        "--slices",
        type=click.Choice(SLICES),
        default=str(DEFAULT_PLAN.slices),
        show_default=True,
        help="Slices of the cross-validation behind the probability of overfitting.",
    ),
    click.option(
        "--embargo",
        "embargo_ms",
        type=click.IntRange(0),
        metavar="MS",
        help="Readings so soon after a cut do not count; default: as long as the horizon.",
    ),
)


def source_options(function: F) -> F:
    """Add the options that say where history is; with the captures they make a `SourceFlags`."""
    return reduce(lambda made, option: option(made), reversed(_SOURCE), function)


def sweep_options(function: F) -> F:
    """Add the options of a sweep; they make a `SweepFlags`."""
    return reduce(lambda made, option: option(made), reversed(_SWEEP), function)


@dataclass(frozen=True, slots=True)
class SourceFlags:
    """Where history is."""

    captures: tuple[Path, ...]
    archive: bool
    log: bool
    offsets: tuple[str, ...]
    since: datetime | None
    until: datetime | None

    def check(self) -> None:
        """Raise UsageError where that is not one source."""
        if (bool(self.captures), self.archive, self.log).count(True) != 1:
            raise UsageError("give one of CAPTURE..., --archive and --log")
        if self.captures and (self.since or self.until):
            raise UsageError("--since and --until belong to --archive and --log")
        if self.offsets and not self.log:
            raise UsageError("--offset belongs to --log")
        dict(map(parse_offset, self.offsets))

    def tapes(
        self, settings: Settings, symbols: tuple[str, ...] | None, folder: Path, say: Say
    ) -> list[Tape]:
        """Return history as tapes. Raises UserError."""
        span = Span(_us(self.since, 0), _us(self.until, NEVER_US))
        if self.archive:
            return [tape_of_archive(settings.clickhouse, symbols, span, folder, say)]
        if self.log:
            offsets = dict(map(parse_offset, self.offsets))
            return [tape_of_log(settings.kafka, symbols, offsets, span, folder, say)]
        return tapes_of_captures(self.captures, settings, symbols, folder, say)


@dataclass(frozen=True, slots=True)
class SweepFlags:
    """Which points are run, and how they are judged."""

    grids: tuple[str, ...]
    searched: int | None
    ranges: tuple[str, ...]
    seed: int
    processes: int | None
    measure: str
    horizon_ms: int
    kind: str | None
    label: str | None
    folds: int
    slices: str
    embargo_ms: int | None

    def sweep(self, settings: Settings, folder: Path | None) -> Sweep | None:
        """Return the sweep over `settings`; None where one run is all. Raises UsageError."""
        points = self._points(settings)
        if not points:
            return None
        for point in points:
            held = point.settings.engine.ledger.horizons_ms
            if self.horizon_ms not in held:
                raise UsageError(
                    f"--horizon {self.horizon_ms}: ledger.horizons_ms has "
                    f"{', '.join(map(str, held))}"
                )
        measure, fee_bps = Measure(self.measure), settings.proof.fee_bps
        objective = Objective(measure, self.horizon_ms, fee_bps, self.kind, self.label)
        plan = ValidationPlan(self.folds, int(self.slices), self.embargo_ms)
        return Sweep(points, objective, plan, folder, self.processes)

    def _points(self, settings: Settings) -> list[Point]:
        axes = [parse_axis(text) for text in self.grids]
        drawn = [parse_range(text, settings) for text in self.ranges]
        names = [axis.name for axis in axes] + [axis.name for axis in drawn]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise UsageError(f"{twice[0]} is given twice; join its values in one --grid or --range")
        if self.searched is not None:
            if not names:
                raise UsageError(
                    "--search has nothing to draw: give --range NAME=LOW:HIGH or --grid"
                )
            return search([*axes, *drawn], self.searched, self.seed, settings)
        if drawn:
            raise UsageError("--range belongs to --search N")
        return grid(axes, settings) if axes else []


def _us(time: datetime | None, default_us: int) -> int:
    """Return a time in UTC as microseconds since the epoch."""
    if time is None:
        return default_us
    return int(time.replace(tzinfo=UTC).timestamp() * 1_000_000)
