"""Whether what was published works: Grafana asks the store, as it will for a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dashboards.grafana.connection import GrafanaConnection
from dashboards.grafana.names import DATASOURCE_TYPE, DATASOURCE_UID
from dashboards.panels.macros import fill_variables

RANGE: Final = {"from": "now-24h", "to": "now"}
FORMAT_TABLE: Final = 1

Document = Mapping[str, Any]


def probe(link: GrafanaConnection, boards: Sequence[Document]) -> list[str]:
    """Return what works, a sentence each: the datasource's own check, then a query of a board.

    Raises GrafanaError with Grafana's reason for what does not.
    """
    health = link.call(
        f"reach the store through the datasource {DATASOURCE_UID}; check its address, user and "
        "password in Grafana",
        lambda: link.get(f"/datasources/uid/{DATASOURCE_UID}/health"),
    )
    said = [f"datasource {DATASOURCE_UID}: {health.get('message', 'OK')}"]
    board, panel = next(
        (board, panel) for board in boards for panel in board["panels"] if panel["type"] == "stat"
    )
    chosen = _chosen(link, board)
    if chosen is None:
        return [*said, "the store holds no market yet: start wallwatch and look again"]
    rows = _rows(link, fill_variables(panel["targets"][0]["rawSql"], chosen))
    told = f"{rows} row" if rows == 1 else f"{rows} rows"
    return [*said, f"board {board['title']}, {panel['title']}: {told}"]


def _chosen(link: GrafanaConnection, board: Document) -> dict[str, str | list[str]] | None:
    """Return a value of each of the board's variables, None where the store has none."""
    chosen: dict[str, str | list[str]] = {}
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            found = _values(_ask(link, fill_variables(variable["query"], chosen)))
            if not found or not found[0]:
                return None
            chosen[variable["name"]] = str(found[0][0])
        elif variable["type"] == "custom":
            chosen[variable["name"]] = variable["query"].split(",")
    return chosen


def _rows(link: GrafanaConnection, sql: str) -> int:
    columns = _values(_ask(link, sql))
    return len(columns[0]) if columns else 0


def _ask(link: GrafanaConnection, sql: str) -> Document:
    query = {
        "refId": "A",
        "datasource": {"type": DATASOURCE_TYPE, "uid": DATASOURCE_UID},
        "editorType": "sql",
        "queryType": "table",
        "format": FORMAT_TABLE,
        "rawSql": sql,
        "intervalMs": 1_000,
        "maxDataPoints": 100,
    }
    answer = link.call(
        "run a query of a board; check the rights and limits of the datasource's user",
        lambda: link.face.api.POST("/ds/query", json={"queries": [query], **RANGE}),
    )
    result: Document = answer["results"]["A"]
    return result


def _values(result: Document) -> list[list[Any]]:
    frames = result.get("frames") or []
    values: list[list[Any]] = frames[0]["data"]["values"] if frames else []
    return values
