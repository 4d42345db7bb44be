"""What a panel is: one question to the store and how its answer reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from dashboards.panels.variables import Variable


class Kind(StrEnum):
    """How a panel shows its answer."""

    STAT = "stat"
    TABLE = "table"
    LINES = "lines"
    BARS = "bars"
    HEATMAP = "heatmap"
    STATES = "states"
    SPANS = "spans"
    """One row a bar from one time to another; only renderers that lay parts over each other."""


class Type(StrEnum):
    """What a column holds, whatever its exact SQL type."""

    TIME = "time"
    NUMBER = "number"
    TEXT = "text"
    BOOL = "bool"


class Unit(StrEnum):
    """Unit of a figure, spelled as Grafana names it."""

    NONE = "none"
    TEXT = "string"
    SHORT = "short"
    LOCALE = "locale"
    """All digits, with separators between thousands."""
    PRICE = "price"
    """With the decimals of the symbol's tick; no unit of Grafana."""
    USD = "currencyUSD"
    PERCENT = "percent"
    RATIO = "percentunit"
    BPS = "suffix: bps"
    MS = "ms"
    SECONDS = "s"
    AGO = "dateTimeFromNow"
    TIME = "dateTimeAsIso"
    PER_SECOND = "cps"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of an answer."""

    name: str
    """As the SQL names it."""
    type: Type
    title: str = ""
    """As a person reads it; empty: the name."""
    unit: Unit = Unit.NONE
    nullable: bool = False
    decimals: int | None = None
    hidden: bool = False
    """Needed for a link or a colour, not shown."""
    colour: str = ""
    """Fixed colour of the series; empty: chosen by the renderer."""
    right_axis: bool = False
    chars: int = 0
    """Characters that its values take in a table; 0: known from type and unit, or any number."""


@dataclass(frozen=True, slots=True)
class Query:
    """SQL with Grafana's macros and `${variable:singlequote}`; `macros.expand` makes it plain."""

    sql: str
    columns: tuple[Column, ...]
    """Every column of the answer in its order. A series has time first, ascending; text columns
    split it into one line for each value."""
    by_time: bool = False
    """Whether the rows of a time are the same whatever the range around it: who has seen the older
    ones need only ask for the newest."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(column.name for column in self.columns)

    @property
    def is_series(self) -> bool:
        """Whether the answer is a time series: its first column is a time called `time`."""
        return self.columns[0] == Column("time", Type.TIME)


@dataclass(frozen=True, slots=True)
class Threshold:
    """From this value on a figure has this colour."""

    value: float | None
    """None: from the beginning."""
    colour: str


@dataclass(frozen=True, slots=True)
class Link:
    """A row leads to another board, with values of its columns for that board's variables.

    The hidden columns `link_from` and `link_to` say which time to show there, ms since the epoch.
    """

    board: str
    """Its uid."""
    columns: tuple[str, ...]
    """Columns whose names are those of the variables."""


@dataclass(frozen=True, slots=True)
class Panel:
    """One question, answered in one place of a board."""

    key: str
    """Unique name, for example `large_orders.table`."""
    title: str
    question: str
    """The question that the panel answers, for a person."""
    kind: Kind
    query: Query
    width: int
    """Of 24."""
    height: int
    unit: Unit = Unit.NONE
    """Of the main figures."""
    marks: Mapping[str, tuple[Threshold, ...]] = field(default_factory=dict)
    """Columns whose figures are coloured by size."""
    colours: Mapping[str, str] = field(default_factory=dict)
    """Colour of a text value, or of a series whose name starts with it."""
    colour_query: Query | None = None
    """Answers one row with one column `colour`: the colour of the whole panel."""
    stacked: bool = False
    holds: bool = False
    """Whether a figure holds until the next one: its line goes in steps."""
    gap_s: int = 60
    """A line is broken where nothing came for longer, s; 0: never."""
    coloured: str = ""
    """Column of a table whose cells have the colours."""
    link: Link | None = None
    """Where a row of a table leads."""
    behind: Query | None = None
    """Series drawn as dots behind the lines, coloured by `colours` as these."""
    parts: tuple[Panel, ...] = ()
    """The same answer in parts, for a renderer that lays them over each other."""

    @property
    def has_amounts(self) -> bool:
        """Whether it shows money."""
        return Unit.USD in (self.unit, *(column.unit for column in self.query.columns))


@dataclass(frozen=True, slots=True)
class Board:
    """A page of panels."""

    uid: str
    """Stable identity in Grafana."""
    title: str
    question: str
    panels: tuple[Panel, ...]
    variables: tuple[Variable, ...]
    """Offered above the panels, in this order."""
    by_wall_clock: bool = False
    """Whether its range ends at the clock's now; else at the newest event of the market."""
    time_from: str = "now-1h"
    refresh: str = "5s"


TIME: Final = Column("time", Type.TIME)
"""First column of every series."""


def number(name: str, title: str = "", unit: Unit = Unit.NONE, **options: object) -> Column:
    """Return a column of figures; `options` are further fields of Column."""
    return Column(name, Type.NUMBER, title, unit, **options)  # type: ignore[arg-type]


def text(name: str, title: str = "", **options: object) -> Column:
    """Return a column of text; `options` are further fields of Column."""
    return Column(name, Type.TEXT, title, Unit.TEXT, **options)  # type: ignore[arg-type]
