"""Puts panels on Grafana's grid of 24 columns, from left to right and top to bottom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from grafana_foundation_sdk.models.dashboard import GridPos

from dashboards.panels.model import Panel

COLUMNS: Final = 24


def positions(panels: Sequence[Panel]) -> list[GridPos]:
    """Return the place of each panel; a row is as high as its highest panel."""
    found = []
    x = y = row_height = 0
    for panel in panels:
        if x + panel.width > COLUMNS:
            x, y, row_height = 0, y + row_height, 0
        found.append(GridPos(h=panel.height, w=panel.width, x=x, y=y))
        x += panel.width
        row_height = max(row_height, panel.height)
    return found
