"""Turns panel SQL into plain SQL as Grafana's ClickHouse datasource does.

Grafana replaces `${name:singlequote}` in the browser and the macros in the plugin's backend; tests
and the live page run the same SQL through `expand`. Only what the panels use is known: anything
else raises MacroError, so a panel cannot rely on a macro that was never tried.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

_VARIABLE: Final = re.compile(r"\$\{(\w+)(?::(\w+))?\}")
_MACRO: Final = re.compile(r"\$__(\w+)(?:\(([^()]*)\))?")
_COLUMN: Final = re.compile(r"^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?$")

Variables = Mapping[str, str | Sequence[str]]
"""Value, or selected values, of each variable."""


class MacroError(Exception):
    """A panel uses a macro or variable that cannot be expanded."""


@dataclass(frozen=True, slots=True)
class TimeRange:
    """What a panel is asked about."""

    from_ms: int
    """Inclusive, ms since the epoch."""
    to_ms: int
    """Inclusive, ms since the epoch."""
    interval_ms: int = 1_000
    """Time between two points; less than a second counts as one."""

    @property
    def interval_s(self) -> int:
        """Whole seconds between two points, at least 1."""
        return max(1, self.interval_ms // 1_000)


def expand(sql: str, time_range: TimeRange, variables: Variables) -> str:
    """Return plain SQL. Values are quoted, so they need not be trusted. Raises MacroError."""
    # Macros first: a value that looks like one stays a value.
    return fill_variables(_MACRO.sub(lambda match: _macro(match, time_range), sql), variables)


def fill_variables(sql: str, variables: Variables) -> str:
    """Return `sql` with the quoted values of its variables; macros stay. Raises MacroError."""

    def variable(match: re.Match[str]) -> str:
        name, form = match.groups()
        if name not in variables:
            raise MacroError(f"variable {name} has no value")
        if form != "singlequote":
            raise MacroError(f"variable {name}: only ${{{name}:singlequote}} is quoted safely")
        value = variables[name]
        values = [value] if isinstance(value, str) else value
        if not values:
            raise MacroError(f"variable {name} has no value")
        return ",".join(map(_quoted, values))

    return _VARIABLE.sub(variable, sql)


def variables_of(sql: str) -> set[str]:
    """Return the names of the variables in `sql`."""
    return {match[1] for match in _VARIABLE.finditer(sql)}


def _macro(match: re.Match[str], time_range: TimeRange) -> str:
    name, argument = match.groups()
    from_s, to_s = time_range.from_ms // 1_000, time_range.to_ms // 1_000
    plain = {
        "fromTime": f"toDateTime({from_s})",
        "toTime": f"toDateTime({to_s})",
        "fromTime_ms": f"fromUnixTimestamp64Milli({time_range.from_ms})",
        "toTime_ms": f"fromUnixTimestamp64Milli({time_range.to_ms})",
        "interval_s": str(time_range.interval_s),
    }
    if name in plain:
        # What follows in brackets is not the macro's.
        return plain[name] + (f"({argument})" if argument is not None else "")
    if argument is None or not _COLUMN.match(argument):
        raise MacroError(f"{match[0]}: unknown macro, or its argument is not a column")
    of_column = {
        "timeFilter": f"{argument} >= toDateTime({from_s}) AND {argument} <= toDateTime({to_s})",
        "timeFilter_ms": (
            f"{argument} >= fromUnixTimestamp64Milli({time_range.from_ms}) AND "
            f"{argument} <= fromUnixTimestamp64Milli({time_range.to_ms})"
        ),
        "timeInterval": (
            f"toStartOfInterval(toDateTime({argument}), INTERVAL {time_range.interval_s} second)"
        ),
    }
    if name not in of_column:
        raise MacroError(f"{match[0]}: unknown macro")
    return of_column[name]


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
