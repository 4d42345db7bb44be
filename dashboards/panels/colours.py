"""The colours of actions, classes and levels: the same on every page."""

from collections.abc import Mapping
from typing import Final

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

STREAM_COLOURS: Final[Mapping[str, str]] = {
    "up": GREEN,
    "resync": BLUE,
    "silent": ORANGE,
    "gap": ORANGE,
    "down": RED,
}
