"""A panel's SQL as Grafana needs it.

Grafana draws a line from each point to the next however long nothing came, knows one number of
decimals for a column and none for a symbol: both are put right in SQL. Other renderers do it
themselves and get the panel's own.
"""

from __future__ import annotations

from typing import Final

from dashboards.panels.model import Kind, Panel, Query, Type, Unit
from dashboards.panels.scope import IN_RANGE, MARKET, in_digits

BARS_MISSED: Final = 3
"""So many bars in a row without a point are a gap, where bars are long."""


def grafana_sql(panel: Panel) -> str:
    """Return the SQL of the panel's query with gaps as rows without values, prices as text."""
    sql = panel.query.sql.strip()
    if panel.kind in (Kind.LINES, Kind.STATES) and panel.gap_s:
        return _with_gaps(panel.query, sql, panel.gap_s)
    if panel.kind is Kind.TABLE:
        prices = [column.name for column in panel.query.columns if column.unit is Unit.PRICE]
        for price in prices:
            sql = _in_ticks(sql, price)
    return sql


def _with_gaps(query: Query, sql: str, gap_s: int) -> str:
    """Return `sql` with a row of nothing after each row that the next is too far from."""
    labels, figures = series_columns(query)
    nulled = "".join(f",\n       if(is_end, NULL, told.{name}) AS {name}" for name in figures)
    lane = f"PARTITION BY {', '.join(labels)} " if labels else ""
    longest = f"greatest({gap_s}, {BARS_MISSED} * $__interval_s)"
    return f"""
SELECT if(is_end, told.time + toIntervalSecond($__interval_s), told.time) AS time\
{"".join(f", told.{name} AS {name}" for name in labels)}{nulled}
FROM
(
    SELECT *, arrayJoin(if(dateDiff('second', time, next_time) > {longest}, [0, 1], [0])) AS is_end
    FROM
    (
        SELECT *, leadInFrame(time, 1, time) OVER ({lane}ORDER BY time
                      ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS next_time
        FROM
        (
{sql}
        )
    )
) AS told
ORDER BY time{"".join(f", {name}" for name in labels)}""".strip()


def series_columns(query: Query) -> tuple[list[str], list[str]]:
    """Return the names of the columns that tell series apart, and of those that are drawn."""
    columns = query.columns[1:]
    texts = [column.name for column in columns if column.type is Type.TEXT]
    numbers = [column.name for column in columns if column.type is not Type.TEXT]
    # Where no column is a number, the last text is the state that is drawn.
    return (texts, numbers) if numbers else (texts[:-1], texts[-1:])


def _in_ticks(sql: str, price: str) -> str:
    """Return `sql` with a price as text that has as many decimals as the symbol's trades."""
    own = _decimals(f"rows.{price}")
    return f"""
WITH
(
    SELECT mapFromArrays(groupArray(symbol), groupArray(decimals))
    FROM
    (
        SELECT symbol, max(greatest({_decimals("assumeNotNull(high)")},
                                    {_decimals("assumeNotNull(low)")})) AS decimals
        FROM flow_1s
        WHERE {MARKET} AND {IN_RANGE} AND high IS NOT NULL AND low IS NOT NULL
        GROUP BY symbol
    )
) AS ticks
SELECT * REPLACE (concat({in_digits(f"rows.{price}")},
                         if({own} = 0 AND ticks[rows.symbol] > 0, '.', ''),
                         repeat('0', greatest(0, toInt64(ticks[rows.symbol]) - toInt64({own}))))
                  AS {price})
FROM
(
{sql}
) AS rows""".strip()


def _decimals(price: str) -> str:
    """Return an expression of how many decimals a price has."""
    return f"length(splitByChar('.', {in_digits(price)})[2])"
