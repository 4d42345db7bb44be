"""One board as a Grafana dashboard."""

from __future__ import annotations

from typing import Final

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.models.dashboard import (
    AnnotationPanelFilter,
    AnnotationQuery,
    Dashboard,
    DashboardCursorSync,
    DashboardLinkType,
    VariableModel,
    VariableRefresh,
)

from dashboards.grafana.datasource import Built, ClickHouseQuery, Format, reference
from dashboards.grafana.layout import COLUMNS, positions
from dashboards.grafana.names import TAG
from dashboards.grafana.render import render
from dashboards.panels.annotations import ANNOTATIONS, Annotation
from dashboards.panels.model import Board, Kind
from dashboards.panels.variables import Variable

FIRST_PANEL_ID: Final = 1


def build(board: Board) -> Dashboard:
    """Return the board in Grafana's own model, the same every time."""
    builder = (
        builders.Dashboard(board.title)
        .uid(board.uid)
        .description(board.question)
        .tags([TAG])
        .refresh(board.refresh)
        .time(board.time_from, "now")
        .timezone("utc")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .link(
            builders.DashboardLink("Boards")
            .icon("external link")
            .type(DashboardLinkType.DASHBOARDS)
            .tags([TAG])
            .as_dropdown(False)
            .include_vars(True)
            .keep_time(True)
        )
    )
    for variable in board.variables:
        builder.with_variable(Built(_variable(variable)))
    wide = _wide_panels(board)
    for annotation in ANNOTATIONS:
        builder.annotation(Built(_annotation(annotation, wide)))
    places = positions(board.panels)
    for panel_id, (panel, place) in enumerate(
        zip(board.panels, places, strict=True), start=FIRST_PANEL_ID
    ):
        builder.with_panel(Built(render(panel, panel_id, place)))
    return builder.build()


def _variable(variable: Variable) -> VariableModel:
    if variable.is_typed:
        return builders.TextBoxVariable(variable.name).label(variable.title).build()
    if variable.values:
        custom = builders.CustomVariable(variable.name).label(variable.title)
        custom.values(",".join(variable.values))
        return custom.multi(variable.several).include_all(variable.several).build()
    return (
        builders.QueryVariable(variable.name)
        .label(variable.title)
        .datasource(reference())
        .query(variable.sql)
        .refresh(VariableRefresh.ON_DASHBOARD_LOAD)
        .multi(variable.several)
        .include_all(variable.several)
        .build()
    )


def _wide_panels(board: Board) -> list[int]:
    """Return the ids of the panels with room for marks: lines and bars over the whole width."""
    return [
        panel_id
        for panel_id, panel in enumerate(board.panels, start=FIRST_PANEL_ID)
        if panel.kind in (Kind.LINES, Kind.BARS) and panel.width == COLUMNS
    ]


def _annotation(annotation: Annotation, panels: list[int]) -> AnnotationQuery:
    # Off until a person turns it on: a busy market has more marks than a chart has room.
    return AnnotationQuery(
        name=annotation.name,
        datasource=reference(),
        enable=False,
        filter_val=AnnotationPanelFilter(exclude=False, ids=panels),
        icon_color=annotation.colour,
        target=ClickHouseQuery(annotation.query.sql.strip(), Format.TABLE, "Anno"),
    )
