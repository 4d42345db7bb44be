"""Amounts in USD of a symbol that is quoted in something else.

The engine reckons in the quote currency. Amounts of the settings are turned into it, and what the
signals tell is turned into USD, both by the rate that holds at that moment.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from schemas.settings import EngineSettings
from schemas.settings.section import Section

CENTS_PER_USD: Final = 100.0
PARTS_PER_QUOTE: Final = 1e8
"""Depth of a book whose quote has no known value is summed in this grain."""
WITHOUT_VALUE: Final[Mapping[str, float | None]] = {
    "min_usd": 0.0,
    "floor_usd": None,
    "absolute_usd": 1e300,
    "max_loss_usd": None,
}
"""What an amount in USD becomes where nobody knows what it is in the quote currency: no bound, no
level that is large by its amount, nothing suggested. What is relative to the book still holds."""


class Money(NamedTuple):
    """How notionals in quote currency are summed and told."""

    usd: float
    """USD for one unit of the quote; 1 where its value is unknown, amounts stay in the quote."""
    grain: float
    """Whole parts of one told unit in which notionals are summed, so that sums are exact."""

    @classmethod
    def at(cls, quote_usd: float | None) -> "Money":
        """Return how to reckon at a rate (USD for one unit of the quote), None: unknown."""
        return cls(1.0, PARTS_PER_QUOTE) if quote_usd is None else cls(quote_usd, CENTS_PER_USD)


def in_quote(settings: EngineSettings, quote_usd: float | None) -> EngineSettings:
    """Return engine settings with every amount in USD as one of the quote currency.

    They are not validated again: the bounds of an amount are bounds of dollars.
    """
    if quote_usd == 1.0:
        return settings
    return EngineSettings.model_construct(**_converted(settings, quote_usd))


def _converted(section: Section, quote_usd: float | None) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in type(section).model_fields:
        value = getattr(section, name)
        if isinstance(value, Section):
            value = type(value).model_construct(**_converted(value, quote_usd))
        elif name.endswith("_usd") and value is not None:
            value = WITHOUT_VALUE[name] if quote_usd is None else value / quote_usd
        values[name] = value
    return values
