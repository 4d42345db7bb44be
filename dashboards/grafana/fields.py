"""How columns read in Grafana: field overrides made from the columns of a panel."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

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
from dashboards.panels.model import Column, Kind, Panel, Type, Unit

Properties = list[DynamicConfigValue]

LOCALE_DECIMALS: Final = 10
"""At most, of a figure with all its digits: without a number Grafana stops after three, and a price
of 0.0000165 reads 0. More would show what arithmetic has left in the last digits of a large one."""

CLOCK: Final = "time:HH:mm:ss"
"""A moment as the time of its day."""
CHAR_PX: Final = 8
CELL_PX: Final = 24
"""What a cell takes beside its text."""
SORT_CHARS: Final = 2
"""What the mark of sorting takes of a header."""
_CHARS: Final[Mapping[Unit, int]] = {
    Unit.TIME: 19,
    Unit.AGO: 17,
    Unit.USD: 9,
    Unit.MS: 9,
    Unit.BPS: 9,
    Unit.SECONDS: 8,
    Unit.RATIO: 7,
    Unit.PERCENT: 8,
    Unit.SHORT: 8,
    Unit.PRICE: 11,
    Unit.NONE: 10,
}
"""Characters that a value takes, by its unit."""
_CHARS_OF_TEXTS: Final[Mapping[str, int]] = {
    "symbol": 14,
    "venue": 13,
    "side": 5,
    "state": 9,
    "classification": 15,
}
"""The same of texts from a known list, by their column. Columns without a width share what is left:
beside one of these a sentence had half the room that there was."""

_LEAST_CHARS: Final[Mapping[str, int]] = {"message": 60, "reasons": 45, "words": 45}
"""Characters that a column of sentences takes at least, however many columns stand beside it."""


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
    if column.title and not _names_series(panel):
        yield DynamicConfigValue("displayName", column.title)
    # The unit of money comes with the answer, which an override would hide.
    if column.unit not in (Unit.NONE, Unit.TEXT, Unit.PRICE, Unit.USD):
        is_clock = panel.kind is Kind.STAT and column.unit is Unit.TIME
        yield DynamicConfigValue("unit", CLOCK if is_clock else str(column.unit))
    if column.decimals is not None:
        yield DynamicConfigValue("decimals", column.decimals)
    elif column.unit is Unit.LOCALE:
        yield DynamicConfigValue("decimals", LOCALE_DECIMALS)
    if column.colour:
        yield fixed_colour(column.colour)
    if column.right_axis:
        yield DynamicConfigValue("custom.axisPlacement", "right")
    if column.type is Type.BOOL:
        yield DynamicConfigValue("mappings", _YES_OR_NOTHING)
    if panel.kind is Kind.TABLE:
        yield from _cell(panel, column)


def _names_series(panel: Panel) -> bool:
    """Return whether the lines of a panel are called by a text column: a title would hide that."""
    in_time = panel.kind in (Kind.LINES, Kind.BARS, Kind.HEATMAP, Kind.STATES)
    return in_time and any(column.type is Type.TEXT for column in panel.query.columns)


def _width(panel: Panel, column: Column) -> int | None:
    """Return the width of a column in px, None for one that takes what is left."""
    chars = _chars(column)
    if not chars and column != _rest(panel):
        chars = _CHARS_OF_TEXTS.get(column.name, 0)
    if not chars:
        return None
    return max(chars, len(column.title) + SORT_CHARS) * CHAR_PX + CELL_PX


def _chars(column: Column) -> int:
    """Return how many characters the values of a column take, 0 for texts of any length."""
    return 3 if column.type is Type.BOOL else column.chars or _CHARS.get(column.unit, 0)


def _rest(panel: Panel) -> Column | None:
    """Return the column that takes what is left even where its texts are short: there is one."""
    free = [column for column in panel.query.columns if not column.hidden and not _chars(column)]
    if any(column.name not in _CHARS_OF_TEXTS for column in free):
        return None
    return free[-1] if free else None


def _cell(panel: Panel, column: Column) -> Iterator[DynamicConfigValue]:
    width = _width(panel, column)
    if width is not None:
        yield DynamicConfigValue("custom.width", width)
    elif column.name in _LEAST_CHARS:
        least = _LEAST_CHARS[column.name] * CHAR_PX + CELL_PX
        yield DynamicConfigValue("custom.minWidth", least)
    if column.unit is Unit.PRICE:
        yield DynamicConfigValue("custom.align", "right")
    if column.name == panel.coloured:
        yield DynamicConfigValue("mappings", colour_mappings(panel.colours))
        yield DynamicConfigValue(
            "custom.cellOptions", {"type": "color-background", "mode": "basic"}
        )
    elif column.name in panel.marks:
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
