"""The currency of amounts: USD, or the quote of a symbol whose value in USD is unknown.

A field's unit is fixed in a board, so a query of its own tells it and a transformation sets it
("Config from query results").
"""

from __future__ import annotations

from typing import Any, Final

from grafana_foundation_sdk.models.dashboard import DataTransformerConfig

from dashboards.panels.model import Panel, Type, Unit
from dashboards.panels.scope import IN_RANGE, MARKET
from schemas.quotes import OTHERS

REF: Final = "U"
"""Id of the query."""
MIXED: Final = "suffix: USD or quote"
"""Unit where one table holds amounts in several currencies."""

_QUOTE: Final = f"""if(position(symbol, '-') > 0, splitByChar('-', symbol)[2],
       extract(splitByChar('_', symbol)[1], '({"|".join(sorted(OTHERS))})$'))"""
UNIT_SQL: Final = f"""
SELECT multiIf(count() = 0, '{Unit.USD}', uniqExact(named) > 1, '{MIXED}', any(named)) AS unit
FROM
(
    SELECT if(argMax(isNotNull(quote_usd), event_time), '{Unit.USD}',
       concat('suffix: ', {_QUOTE})) AS named
    FROM book_1s
    WHERE {MARKET} AND {IN_RANGE}
    GROUP BY venue, symbol
)""".strip()
"""Answers one row with one column, the unit of the amounts of the chosen symbols."""


def transformation(panel: Panel) -> DataTransformerConfig:
    """Return what gives the unit to the panel's amounts and to nothing else."""
    options = {
        "configRefId": REF,
        "applyTo": _amounts(panel),
        "mappings": [{"fieldName": "unit", "handlerKey": "unit"}],
    }
    return DataTransformerConfig("configFromData", options=options)


def _amounts(panel: Panel) -> dict[str, Any]:
    numbers = [column for column in panel.query.columns if column.type is Type.NUMBER]
    if panel.unit is Unit.USD and all(c.unit in (Unit.USD, Unit.NONE) for c in numbers):
        # Series may be named by their labels.
        return {"id": "byType", "options": "number"}
    names = "|".join(column.name for column in numbers if column.unit is Unit.USD)
    # Where a panel has several queries, Grafana may put the name of the answer before the column.
    return {"id": "byRegexp", "options": f"/(^|\\s)({names})$/"}
