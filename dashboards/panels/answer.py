"""Columns of the store as values for JSON, by what the panel says of them. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any, Final

from dashboards.panels.model import Column, Type, Unit

_PRECISION: Final = re.compile(r"DateTime64\((\d)")


def values(column: Column, kind: str, found: Sequence[Any], *, rounds: bool = True) -> list[Any]:
    """Return the values of a column.

    `kind` is the ClickHouse type and times are whole ticks of its precision; they become ms since
    the epoch. Money in dollars (`rounds`) loses what is not shown of it; what JSON cannot say
    becomes None.
    """
    if column.type is Type.TIME:
        return _milliseconds(kind, found)
    if column.type is Type.NUMBER:
        digits = (column.decimals or 0) if column.unit is Unit.USD and rounds else None
        return [_number(value, digits) for value in found]
    return list(found)


def _milliseconds(kind: str, found: Sequence[int | None]) -> list[int | None]:
    precision = _PRECISION.search(kind)
    ticks_per_s = 10 ** (int(precision[1]) if precision else 0)
    if ticks_per_s <= 1_000:
        factor = 1_000 // ticks_per_s
        return [None if tick is None else tick * factor for tick in found]
    divisor = ticks_per_s // 1_000
    return [None if tick is None else tick // divisor for tick in found]


def _number(value: float | None, digits: int | None) -> float | None:
    if value is None or not math.isfinite(value):
        return None
    if digits is None:
        return value
    return round(value, digits) if digits else round(value)
