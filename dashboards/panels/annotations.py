"""What is marked on every time axis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from dashboards.panels.colours import ORANGE, RED
from dashboards.panels.model import TIME, Query
from dashboards.panels.model import text as _text
from dashboards.panels.scope import FROM_MS, IN_RANGE, MARKET, TO_MS, in_digits


@dataclass(frozen=True, slots=True)
class Annotation:
    """Moments worth a mark."""

    name: str
    colour: str
    query: Query
    """Columns: time, title, text, tags (separated by commas)."""


_COLUMNS: Final = (TIME, _text("title"), _text("text"), _text("tags"))

SPOOFS: Final = Annotation(
    "SPOOF",
    ORANGE,
    Query(
        f"""
SELECT closed_time AS time, concat('SPOOF ', side, ' ', {in_digits("price")}) AS title,
       concat(formatReadableQuantity(max_value_usd), ' USD pulled after ',
              toString(lifetime_ms), ' ms') AS text,
       concat('spoof,', symbol) AS tags
FROM pulled_walls(from_ms = {FROM_MS}, to_ms = {TO_MS})
WHERE {MARKET} AND is_spoof
ORDER BY time, order_id
LIMIT 500""",
        _COLUMNS,
    ),
)

ALERTS: Final = Annotation(
    "Alerts",
    RED,
    Query(
        f"""
SELECT a.time AS time, concat(a.level, ' ', a.rule) AS title, a.message AS text,
       concat('alert,', a.symbol) AS tags
FROM alerts AS a
WHERE {MARKET} AND {IN_RANGE}
ORDER BY time, a.event_id
LIMIT 500""",
        _COLUMNS,
    ),
)

ANNOTATIONS: Final = (SPOOFS, ALERTS)
