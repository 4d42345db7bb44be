"""Panels: what they are, and what they answer."""

from __future__ import annotations

from typing import Any

from dashboards.web.answers.base import Answer, NotLive


class ColumnAnswer(Answer):
    """One column of a panel's answer."""

    name: str
    type: str
    title: str
    unit: str
    decimals: int | None
    hidden: bool
    colour: str
    right_axis: bool


class ThresholdAnswer(Answer):
    """From this value on a figure has this colour; null: from the beginning."""

    value: float | None
    colour: str


class PanelDefinition(Answer):
    """One panel as every renderer gets it."""

    key: str
    title: str
    question: str
    kind: str
    unit: str
    width: int
    stacked: bool
    holds: bool
    coloured: str
    gap_s: int
    by_time: bool
    colours: dict[str, str]
    marks: dict[str, list[ThresholdAnswer]]
    columns: list[ColumnAnswer]
    parts: list[PanelDefinition]


class BoardDefinition(Answer):
    """One board with its panels in order."""

    uid: str
    title: str
    question: str
    panels: list[str]


class PanelsAnswer(Answer):
    """All boards and panels."""

    boards: list[BoardDefinition]
    panels: dict[str, PanelDefinition]


class PanelAnswer(Answer):
    """What a panel's SQL answers for a time, by column; times are ms since the epoch."""

    key: str
    from_ms: int
    to_ms: int
    step_ms: int
    """Time between two points."""
    tail: bool
    """Whether these are the newest seconds alone: only in the stream."""
    quotes: dict[str, str]
    """By `venue:symbol`, the quote currency of those whose amounts are in it, because its value in
    USD is unknown; empty: every amount is in USD."""
    not_live: list[NotLive]
    """Symbols asked for whose figures are old. Not in the stream, where the view large-orders tells
    it each second."""
    columns: dict[str, list[Any]]
