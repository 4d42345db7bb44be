"""The choices offered above the panels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from schemas.signals import Classification, ReadingKind


@dataclass(frozen=True, slots=True)
class Variable:
    """A choice: values from SQL, from a fixed list, or typed in."""

    name: str
    title: str
    sql: str = ""
    """One text column; empty: `values` or free text."""
    values: tuple[str, ...] = ()
    several: bool = False
    """Whether several values, and all of them, can be chosen."""

    @property
    def is_typed(self) -> bool:
        """Whether a person types the value."""
        return not self.sql and not self.values


VENUE: Final = Variable("venue", "Venue", "SELECT DISTINCT venue FROM book_1s_rows ORDER BY venue")
_SYMBOLS: Final = (
    "SELECT DISTINCT symbol FROM book_1s_rows WHERE venue IN (${venue:singlequote}) ORDER BY symbol"
)
SYMBOL: Final = Variable("symbol", "Symbol", _SYMBOLS)
SYMBOLS: Final = Variable("symbol", "Symbols", _SYMBOLS, several=True)
COIN: Final = Variable("coin", "Coin", "SELECT DISTINCT symbol FROM cross_1s_rows ORDER BY symbol")
_OF_COIN: Final = """SELECT DISTINCT splitByChar(':', market)[{place}] AS name
FROM cross_1s_rows ARRAY JOIN markets AS market
WHERE symbol IN (${{coin:singlequote}})
ORDER BY name"""
VENUES_OF_COIN: Final = Variable("venue", "Venues", _OF_COIN.format(place=1), several=True)
SYMBOLS_OF_COIN: Final = Variable("symbol", "Symbols", _OF_COIN.format(place=2), several=True)
CLASS: Final = Variable("class", "Class", values=tuple(map(str, Classification)), several=True)
KIND: Final = Variable("kind", "Told by", values=tuple(map(str, ReadingKind)), several=True)
HORIZON: Final = Variable(
    "horizon",
    "Horizon, ms",
    "SELECT toString(horizon_ms) FROM outcomes_rows GROUP BY horizon_ms ORDER BY horizon_ms",
    several=True,
)
ORDER: Final = Variable("order_id", "Order")
