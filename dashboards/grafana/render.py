"""One panel as Grafana draws it."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

from grafana_foundation_sdk.builders import common as common_builders
from grafana_foundation_sdk.builders import (
    heatmap,
    stat,
    statetimeline,
    table,
    timeseries,
)
from grafana_foundation_sdk.models import common
from grafana_foundation_sdk.models.dashboard import (
    DataTransformerConfig,
    DynamicConfigValue,
    GridPos,
)
from grafana_foundation_sdk.models.dashboard import Panel as GrafanaPanel
from grafana_foundation_sdk.models.heatmap import HeatmapColorMode, HeatmapColorScale

from dashboards.grafana import currency
from dashboards.grafana.datasource import Built, ClickHouseQuery, Format, reference
from dashboards.grafana.fields import (
    LOCALE_DECIMALS,
    colour_mappings,
    column_overrides,
    fixed_colour,
    series_pattern,
)
from dashboards.grafana.sql import grafana_sql, series_columns
from dashboards.panels.colours import HEAT_COLOURS
from dashboards.panels.model import Kind, Link, Panel, Type, Unit

SHORTEST_INTERVAL: Final = "1s"
WALL_WIDTH: Final = 6
LINE_WIDTH: Final = 2
DOT_PX: Final = 4
TITLE_PX: Final = 14
VALUE_PX: Final = 18
MS_PER_S: Final = 1_000
BEHIND: Final = "A"
BEFORE: Final = "B"
"""Ids of a panel's queries: they are drawn in this order."""

Builder = Any
"""One of the SDK's panel builders: they share their methods, not a base class."""


def render(panel: Panel, panel_id: int, place: GridPos) -> GrafanaPanel:
    """Return the panel in Grafana's own model."""
    builder = _BUILDERS[panel.kind](panel)
    builder.id(panel_id)
    builder.title(panel.title)
    builder.description(panel.question)
    builder.datasource(reference())
    builder.grid_pos(place)
    builder.interval(SHORTEST_INTERVAL)
    builder.unit(str(panel.unit))
    _add_queries(builder, panel)
    for name, properties in column_overrides(panel):
        builder.override_by_name(name, properties)
    built: GrafanaPanel = builder.build()
    return built


def _add_queries(builder: Builder, panel: Panel) -> None:
    in_time = panel.kind in (Kind.LINES, Kind.BARS, Kind.HEATMAP)
    result = Format.TIME_SERIES if in_time else Format.TABLE
    if panel.behind is not None:
        # What comes first is drawn first.
        behind = ClickHouseQuery(panel.behind.sql.strip(), result, BEHIND)
        builder.with_target(Built(behind))
    own = BEFORE if panel.behind is not None else BEHIND
    builder.with_target(Built(ClickHouseQuery(grafana_sql(panel), result, own)))
    if panel.colour_query is not None:
        query = ClickHouseQuery(panel.colour_query.sql.strip(), Format.TABLE, "B")
        builder.with_target(Built(query))
    if panel.has_amounts:
        builder.with_target(Built(ClickHouseQuery(currency.UNIT_SQL, Format.TABLE, currency.REF)))
        builder.with_transformation(currency.transformation(panel))


def _stat(panel: Panel) -> Builder:
    builder = (
        stat.Panel()
        .text_mode(common.BigValueTextMode.VALUE_AND_NAME)
        .color_mode(common.BigValueColorMode.BACKGROUND_SOLID)
        .graph_mode(common.BigValueGraphMode.NONE)
        .orientation(common.VizOrientation.VERTICAL)
        .text(common_builders.VizTextDisplayOptions().title_size(TITLE_PX).value_size(VALUE_PX))
        .reduce_options(
            common_builders.ReduceDataOptions().calcs(["lastNotNull"]).fields("/.*/").values(False)
        )
    )
    if panel.colour_query is not None:
        # The single value of query B becomes the colour of every field of query A.
        options = {
            "configRefId": "B",
            "applyTo": {"id": "byRegexp", "options": "/.*/"},
            "mappings": [{"fieldName": "colour", "handlerKey": "color"}],
        }
        builder.with_transformation(DataTransformerConfig("configFromData", options=options))
    return builder


def _table(panel: Panel) -> Builder:
    builder = table.Panel().show_header(True).cell_height(common.TableCellHeight.SM)
    if panel.link is not None:
        # On one column: links underline every cell that has them.
        link = {"title": "Show this order", "url": _url(panel.link)}
        builder.override_by_name(panel.coloured, [DynamicConfigValue("links", [link])])
    return builder


def _url(link: Link) -> str:
    """Return the address of the linked board with the row's values; Grafana fills them in."""
    values = [f"var-{name}=${{__data.fields.{name}}}" for name in link.columns]
    values += ["from=${__data.fields.link_from}", "to=${__data.fields.link_to}"]
    return f"/d/{quote(link.board)}?{'&'.join(values)}"


def _lines(panel: Panel) -> Builder:
    builder = _time_axis(panel).draw_style(common.GraphDrawStyle.LINE)
    builder.show_points(common.VisibilityMode.NEVER)
    # A row of several series is empty where others have a point: that alone is no gap.
    gap: bool | int = panel.gap_s * MS_PER_S or True
    if panel.holds:
        builder.line_interpolation(common.LineInterpolation.STEP_AFTER)
    is_walls = panel.behind is not None
    # A wall is a line of two points, however far apart.
    builder.span_nulls(True if is_walls else gap)
    builder.line_width(WALL_WIDTH if is_walls else LINE_WIDTH)
    for number, (start, colour) in enumerate(panel.colours.items()):
        properties = [fixed_colour(colour)]
        if is_walls and number == 0:
            # The first is the price itself, a thin line among the bars.
            properties.append(DynamicConfigValue("custom.lineWidth", LINE_WIDTH))
            properties.append(DynamicConfigValue("custom.spanNulls", gap))
        if start in HEAT_COLOURS:
            properties += _DOTS
        builder.override_by_regexp(series_pattern(start), properties)
    return builder


def _bars(panel: Panel) -> Builder:
    builder = _time_axis(panel).draw_style(common.GraphDrawStyle.BARS)
    builder.fill_opacity(80)
    builder.line_width(0)
    if panel.stacked:
        stacking = common_builders.StackingConfig().mode(common.StackingMode.NORMAL).group("A")
        builder.stacking(stacking)
    return builder


def _time_axis(panel: Panel) -> timeseries.Panel:
    labels = [column.name for column in panel.query.columns if column.type is Type.TEXT]
    legend = (
        common_builders.VizLegendOptions()
        .display_mode(common.LegendDisplayMode.LIST)
        .placement(common.LegendPlacement.BOTTOM)
        .show_legend(panel.behind is None)
    )
    several = common.TooltipDisplayMode.SINGLE if panel.behind else common.TooltipDisplayMode.MULTI
    tooltip = common_builders.VizTooltipOptions().mode(several)
    builder = timeseries.Panel().legend(legend).tooltip(tooltip)
    if labels:
        builder.display_name(f"${{__field.labels.{labels[0]}}}")
    return builder


def _heatmap(panel: Panel) -> Builder:
    bucket = next(column for column in panel.query.columns if column.type is Type.TEXT)
    colours = (
        heatmap.HeatmapColorOptions()
        .mode(HeatmapColorMode.SCHEME)
        .scheme("Turbo")
        .scale(HeatmapColorScale.EXPONENTIAL)
        .exponent(0.4)
        .steps(64)
    )
    return (
        heatmap.Panel()
        .calculate(False)
        .color(colours)
        .cell_gap(0)
        # Lines named by numbers are ordered by them: each is a row of the map.
        .display_name(f"${{__field.labels.{bucket.name}}}")
        # Grafana calls a row by its figure and its label: only a bare number is put on the axis.
        .with_transformation(DataTransformerConfig("renameByRegex", options=_BARE_PRICE))
        .y_axis(
            heatmap.YAxisConfig()
            .unit(str(Unit.LOCALE))
            .decimals(LOCALE_DECIMALS)
            .axis_label(bucket.title)
        )
        .rows_frame(
            heatmap.RowsHeatmapOptions()
            .layout(common.HeatmapCellLayout.GE)
            .value(panel.query.columns[-1].title)
        )
    )


def _states(panel: Panel) -> Builder:
    [name], _ = series_columns(panel.query)
    options = {"fields": [name], "keepFields": False, "naming": {"asLabels": True}}
    return (
        statetimeline.Panel()
        .merge_values(True)
        .show_value(common.VisibilityMode.AUTO)
        .mappings(colour_mappings(panel.colours))
        .with_transformation(DataTransformerConfig("partitionByValues", options=options))
        .display_name(f"${{__field.labels.{name}}}")
    )


_DOTS: Final = (
    DynamicConfigValue("custom.drawStyle", "points"),
    DynamicConfigValue("custom.showPoints", "always"),
    DynamicConfigValue("custom.pointSize", DOT_PX),
    DynamicConfigValue("custom.lineWidth", 0),
    DynamicConfigValue("custom.hideFrom", {"viz": False, "legend": True, "tooltip": True}),
)
"""Levels of the book behind the walls."""
_BARE_PRICE: Final = {"regex": '/^.*?(-?[0-9.]+)["}]*$/', "renamePattern": "$1"}

_BUILDERS: Final = {
    Kind.STAT: _stat,
    Kind.TABLE: _table,
    Kind.LINES: _lines,
    Kind.BARS: _bars,
    Kind.HEATMAP: _heatmap,
    Kind.STATES: _states,
}
