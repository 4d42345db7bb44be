"""The store's views as models: the query for one, and its rows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar, get_origin

from pydantic import ValidationError

from schemas.clickhouse.tables import TABLES
from schemas.client.errors import ClientError
from schemas.record import Record

R = TypeVar("R", bound=Record)

VIEW_OF: Final = {
    table.model: table.view for table in TABLES if "event_time" in table.model.model_fields
}
"""Raw records have no time to be chosen by: they are left out."""
TIES: Final = ("sequence", "event_id")
"""What orders records of one time."""
MOST_ROWS: Final = 1_000
"""Of one answer of the page."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which rows; None: all."""

    symbol: str | None = None
    venue: str | None = None
    from_ms: int | None = None
    """At or after, event time, ms since the epoch."""
    to_ms: int | None = None
    """Before, without it."""
    limit: int = MOST_ROWS


def view_of(model: type[Record]) -> str:
    """Return the view that holds a model. Raises ClientError."""
    if model not in VIEW_OF:
        known = ", ".join(sorted(one.__name__ for one in VIEW_OF))
        raise ClientError(f"no view holds {model.__name__}; known are {known}")
    return VIEW_OF[model]


def query_of(model: type[Record], view: str, chosen: Chosen, condition: str | None = None) -> str:
    """Return the query for the newest rows of a view, as columns of the model.

    Raises ClientError for a limit out of range.
    """
    if not 1 <= chosen.limit <= MOST_ROWS:
        raise ClientError(
            f"limit {chosen.limit}: expected 1 to {MOST_ROWS}; for more choose from_ms and to_ms, "
            "or use `wallwatch export`"
        )
    symbol = None if chosen.symbol is None else chosen.symbol.upper()
    conditions = [
        *([] if condition is None else [condition]),
        *([] if symbol is None else [f"symbol = {_quoted(symbol)}"]),
        *([] if chosen.venue is None else [f"venue = {_quoted(chosen.venue)}"]),
        *([] if chosen.from_ms is None else [f"event_time >= {int(chosen.from_ms)}"]),
        *([] if chosen.to_ms is None else [f"event_time < {int(chosen.to_ms)}"]),
    ]
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    columns = ", ".join(model.model_fields)
    by = ("event_time", *(name for name in TIES if name in model.model_fields))
    order = ", ".join(f"{name} DESC" for name in by)
    return f"SELECT {columns} FROM {view}{where} ORDER BY {order} LIMIT {chosen.limit}"


def records(model: type[R], answer: Mapping[str, Any]) -> list[R]:
    """Return the rows of the page's answer as models, the oldest first.

    Raises ClientError where the page is of another version.
    """
    names = [column["name"] for column in answer["columns"]]
    as_json = {
        name for name, field in model.model_fields.items() if get_origin(field.annotation) is dict
    }
    rows: Sequence[Sequence[Any]] = answer["rows"]
    try:
        return [
            model.model_validate_json(_document(dict(zip(names, row, strict=True)), as_json))
            for row in reversed(rows)
        ]
    except ValidationError as error:
        first = error.errors()[0]
        raise ClientError(
            f"{model.__name__}.{'.'.join(map(str, first['loc']))}: {first['msg']}; the page is of "
            "another version: install the same one here"
        ) from None


def _document(row: dict[str, Any], as_json: set[str]) -> bytes:
    """Return a row as the JSON of its record: the store keeps evidence as text."""
    for name in as_json & row.keys():
        row[name] = json.loads(row[name] or "{}")
    return json.dumps(row).encode()


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
