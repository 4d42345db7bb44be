"""How often a model of the fate of orders is compared with what came of it, and what to do about
one that no longer fits."""

from typing import Final

DRIFT_WINDOW: Final = 200
"""Graded forecasts of a symbol after which the comparison is made and begins anew."""
DRIFT_CURE: Final = (
    "learn a model from newer history of this market (`wallwatch learn`), or switch it off: "
    "engine.fate.model=off"
)
