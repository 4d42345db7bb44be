"""Whose market it is and by which rules it is read."""

from dataclasses import dataclass, field
from functools import cached_property

from processors.engine.quote import Money, in_quote
from schemas.instrument import base_and_quote, coins_of
from schemas.quotes import quote_of
from schemas.record import symbol_key
from schemas.settings import EngineSettings
from schemas.venues.known import image_ms


@dataclass(frozen=True)
class Scope:
    """One symbol of one venue with its engine settings."""

    venue: str
    symbol: str
    stated: EngineSettings
    """The settings as they were given: amounts in USD."""
    quote_usd: float | None = 1.0
    """USD for one unit of the quote currency; None: unknown."""
    settings: EngineSettings = field(init=False)
    """The settings with their amounts in the quote currency."""
    money: Money = field(init=False)
    usd: float = field(init=False)
    """Factor that turns a notional in quote currency into what signals tell: USD; 1 where the value
    of the quote is unknown."""

    def __post_init__(self) -> None:
        """Turn the amounts into the quote currency."""
        object.__setattr__(self, "settings", in_quote(self.stated, self.quote_usd))
        object.__setattr__(self, "money", Money.at(self.quote_usd))
        object.__setattr__(self, "usd", self.money.usd)

    def amount(self, told: float) -> str:
        """Return what signals tell of an amount in words: in USD, or in the quote where its value
        is unknown."""
        if self.quote_usd is None and (quote := quote_of(self.symbol)):
            return f"{told:,.6g} {quote}"
        return f"{told:,.0f} USD"

    @property
    def version(self) -> str:
        """Version of the settings as they were given."""
        return self.stated.version

    @property
    def alignment_ms(self) -> int:
        """How far a trade's stated time may lie from the moment its quantity left the book."""
        stated = self.settings.lifecycle.trade_alignment_ms
        return image_ms(self.venue) if stated is None else stated

    @cached_property
    def coins(self) -> int:
        """Coins in one unit of base: 1,000 of `1000PEPE`."""
        return coins_of(base_and_quote(self.symbol)[0])

    @property
    def key(self) -> str:
        """The Kafka key, `venue:symbol`, with which every id begins."""
        return symbol_key(self.venue, self.symbol)
