"""How columns read in Grafana: field overrides made from the columns of a panel."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from grafana_foundation_sdk.models.dashboard import (
    DynamicConfigValue,
    Threshold,
    ThresholdsConfig,
    ThresholdsMode,
    ValueMap,
    ValueMapping,
    ValueMappingResult,
)

from dashboards.panels import model
from dashboards.panels.model import Column, Panel, Type, Unit

Properties = list[DynamicConfigValue]


def column_overrides(panel: Panel) -> Iterator[tuple[str, Properties]]:
    """Yield (column, properties) for every column that needs more than the panel's defaults."""
    for column in panel.query.columns:
        if column == model.TIME:
            continue
        properties = list(_column_properties(panel, column))
        if properties:
            yield column.name, properties


def series_pattern(start: str) -> str:
    """Return Grafana's pattern of the lines whose name starts with a word.

    A line may be shown as the word, behind the name of its figure, or in quotes as a label.
    """
    return f'/(^|[\\s"]){re.escape(start)}([\\s"]|$)/'


def fixed_colour(colour: str) -> DynamicConfigValue:
    """Return the property that gives a field one colour."""
    return DynamicConfigValue("color", {"mode": "fixed", "fixedColor": colour})


def colour_mappings(colours: Mapping[str, str]) -> list[ValueMapping]:
    """Return the mapping of texts to their colours."""
    return [
        ValueMap(
            {
                text: ValueMappingResult(color=colour, index=index)
                for index, (text, colour) in enumerate(colours.items())
            }
        )
    ]


def _column_properties(panel: Panel, column: Column) -> Iterator[DynamicConfigValue]:
    if column.hidden:
        # Older and newer tables spell it differently; a name they do not know is ignored.
        yield DynamicConfigValue("custom.hidden", True)
        yield DynamicConfigValue("custom.hideFrom", {"viz": True, "legend": True, "tooltip": True})
        return
    if column.title:
        yield DynamicConfigValue("displayName", column.title)
    if column.unit not in (Unit.NONE, Unit.TEXT):
        yield DynamicConfigValue("unit", str(column.unit))
    if column.decimals is not None:
        yield DynamicConfigValue("decimals", column.decimals)
    if column.colour:
        yield fixed_colour(column.colour)
    if column.right_axis:
        yield DynamicConfigValue("custom.axisPlacement", "right")
    if column.type is Type.BOOL:
        yield DynamicConfigValue("mappings", _YES_OR_NOTHING)
    if panel.kind is model.Kind.TABLE:
        yield from _cell(panel, column)


def _cell(panel: Panel, column: Column) -> Iterator[DynamicConfigValue]:
    is_row = column.name == panel.whole_row
    is_mark = column.name in panel.marks
    if column.type is Type.TEXT and panel.colours and (is_row or not panel.whole_row):
        yield DynamicConfigValue("mappings", colour_mappings(panel.colours))
        kind = {"type": "color-background", "mode": "basic", "applyToRow": is_row}
        yield DynamicConfigValue("custom.cellOptions", kind if is_row else {"type": "color-text"})
    elif is_mark:
        steps = [Threshold(step.value, step.colour) for step in panel.marks[column.name]]
        yield DynamicConfigValue(
            "thresholds", ThresholdsConfig(mode=ThresholdsMode.ABSOLUTE, steps=steps)
        )
        yield DynamicConfigValue("color", {"mode": "thresholds"})
        yield DynamicConfigValue(
            "custom.cellOptions", {"type": "color-background", "mode": "basic"}
        )


_YES_OR_NOTHING = [
    ValueMap({"true": ValueMappingResult(text="yes"), "false": ValueMappingResult(text="")})
]
