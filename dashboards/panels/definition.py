"""Panels and boards as JSON values, for a renderer elsewhere."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from dashboards.panels.catalog import BOARDS, PANEL_OF
from dashboards.panels.model import Board, Panel


def definitions() -> dict[str, Any]:
    """Return every board and panel; times and queries are asked for by key."""
    return {
        "boards": [_board(board) for board in BOARDS],
        "panels": {key: definition(panel) for key, panel in PANEL_OF.items()},
    }


def definition(panel: Panel) -> dict[str, Any]:
    """Return what a renderer needs to know of a panel."""
    return {
        "key": panel.key,
        "title": panel.title,
        "question": panel.question,
        "kind": panel.kind.value,
        "unit": panel.unit.value,
        "width": panel.width,
        "stacked": panel.stacked,
        "holds": panel.holds,
        "coloured": panel.coloured,
        "gap_s": panel.gap_s,
        "by_time": panel.query.by_time,
        "colours": dict(panel.colours),
        "marks": {name: [asdict(step) for step in steps] for name, steps in panel.marks.items()},
        "columns": [
            {
                "name": column.name,
                "type": column.type.value,
                "title": column.title or column.name,
                "unit": column.unit.value,
                "decimals": column.decimals,
                "hidden": column.hidden,
                "colour": column.colour,
                "right_axis": column.right_axis,
            }
            for column in panel.query.columns
        ],
        "parts": [definition(part) for part in panel.parts],
    }


def _board(board: Board) -> dict[str, Any]:
    return {
        "uid": board.uid,
        "title": board.title,
        "question": board.question,
        "panels": [panel.key for panel in board.panels],
    }
