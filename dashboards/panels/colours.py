"""The colours of actions, classes and levels: the same on every page."""

from collections.abc import Iterable, Mapping
from itertools import cycle
from typing import Final

from schemas.settings import VENUES
from schemas.signals import AlertLevel, Classification, FinalAction

GREEN: Final = "#16a34a"
RED: Final = "#ef4444"
ORANGE: Final = "#f59e0b"
GREY: Final = "#9ca3af"
BLUE: Final = "#3b82f6"
VIOLET: Final = "#8b5cf6"
TEAL: Final = "#14b8a6"
PINK: Final = "#ec4899"
LIGHT_BLUE: Final = "#60a5fa"
DEEP_BLUE: Final = "#2563eb"
LIGHT_ORANGE: Final = "#fbcf86"

ACTION_COLOURS: Final[Mapping[str, str]] = {
    FinalAction.ACCUMULATE: GREEN,
    FinalAction.MARKUP: GREEN,
    FinalAction.DISTRIBUTION: RED,
    FinalAction.MARKDOWN: RED,
    FinalAction.MANIPULATION: ORANGE,
    FinalAction.UNKNOWN: GREY,
}

ACTION_BACKGROUNDS: Final[Mapping[str, str]] = {
    FinalAction.ACCUMULATE: "#15803d",
    FinalAction.MARKUP: "#15803d",
    FinalAction.DISTRIBUTION: "#b91c1c",
    FinalAction.MARKDOWN: "#b91c1c",
    FinalAction.MANIPULATION: "#b45309",
    FinalAction.UNKNOWN: "#4b5563",
}
"""Dark enough for white figures (contrast 5 and more) in a dark and in a light theme."""

HEAT_COLOURS: Final[Mapping[str, str]] = {
    "heat1": "rgba(59, 130, 246, 0.25)",
    "heat2": "rgba(20, 184, 166, 0.45)",
    "heat3": "rgba(234, 179, 8, 0.65)",
}
"""Levels of the book by what stands on them, from some to most."""

CLASS_COLOURS: Final[Mapping[str, str]] = {
    Classification.DEFENSIVE_BUY: GREEN,
    Classification.SWEEP_BUY: TEAL,
    Classification.DEFENSIVE_SELL: RED,
    Classification.SWEEP_SELL: PINK,
    Classification.SPOOF: ORANGE,
    Classification.MANIPULATION: VIOLET,
    Classification.UNKNOWN: GREY,
}

LEVEL_COLOURS: Final[Mapping[str, str]] = {
    AlertLevel.WATCH: BLUE,
    AlertLevel.HIGH: ORANGE,
    AlertLevel.CRITICAL: RED,
}

VENUE_PALETTE: Final = (BLUE, VIOLET, TEAL, PINK, "#a16207", "#d6a75c")


def colours_of_venues(names: Iterable[str]) -> dict[str, str]:
    """Return a colour for each name by its place; past the end of the palette they repeat."""
    return dict(zip(names, cycle(VENUE_PALETTE), strict=False))


VENUE_COLOURS: Final[Mapping[str, str]] = colours_of_venues(VENUES)
"""Of all known venues. A name that is not known gets a colour by its place in a chart, and that of
what is unknown elsewhere."""

STREAM_COLOURS: Final[Mapping[str, str]] = {
    "up": GREEN,
    "resync": BLUE,
    "silent": ORANGE,
    "gap": ORANGE,
    "down": RED,
}

DRIFT_COLOURS: Final[Mapping[str, str]] = {
    "fits": GREEN,
    "drifts": RED,
    "not compared yet": GREY,
}
