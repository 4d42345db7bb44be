"""What the API asks the store beside the panels: its SQL once, with its unit.

Times are venue times in ms. "Now" of a symbol is its newest event time, not the wall clock: a
replayed capture is old by years.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Query:
    """One question."""

    name: str
    title: str
    sql: str
    """With ClickHouse parameters, `{name:Type}`."""
    unit: str
    """Unit of the main figure."""


NOW: Final = (
    "transform(concat(venue, ':', symbol), {symbols:Array(String)}, {now_ms:Array(Int64)}, 0)"
)
"""The newest event time of the symbol of a row; `symbols` holds venue:symbol."""
ONE_SYMBOL: Final = "venue = {venue:String} AND symbol = {symbol:String}"
