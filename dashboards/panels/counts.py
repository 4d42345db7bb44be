"""Panels that count: how many rows of each kind fall into each bar."""

from __future__ import annotations

from dataclasses import dataclass

from dashboards.panels.model import TIME, Kind, Panel, Query, number


@dataclass(frozen=True, slots=True)
class Count:
    """One kind of rows."""

    name: str
    title: str
    colour: str
    condition: str
    """SQL over the columns of the source."""


def counts(
    key: str,
    title: str,
    question: str,
    source: str,
    kinds: tuple[Count, ...],
    *,
    time: str = "time",
    width: int = 24,
    height: int = 6,
) -> Panel:
    """Return a panel of stacked bars; `source` is what follows FROM, with its alias and WHERE.

    `time` is the source's column of time, with the alias where the source has one.
    """
    selected = ",\n       ".join(f"countIf({kind.condition}) AS {kind.name}" for kind in kinds)
    return Panel(
        key=key,
        title=title,
        question=question,
        kind=Kind.BARS,
        width=width,
        height=height,
        stacked=True,
        query=Query(
            f"""
SELECT $__timeInterval({time}) AS time,
       {selected}
FROM {source}
GROUP BY time
ORDER BY time""",
            (TIME, *(number(kind.name, kind.title, colour=kind.colour) for kind in kinds)),
            by_time=True,
        ),
    )
