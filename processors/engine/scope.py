"""Whose market it is and by which rules it is read."""

from dataclasses import dataclass

from schemas.record import symbol_key
from schemas.settings import TRADE_ALIGNMENT_MS, EngineSettings


@dataclass(frozen=True, slots=True)
class Scope:
    """One symbol of one venue with its engine settings."""

    venue: str
    symbol: str
    settings: EngineSettings

    @property
    def alignment_ms(self) -> int:
        """How far a trade's stated time may lie from the moment its quantity left the book."""
        stated = self.settings.lifecycle.trade_alignment_ms
        return TRADE_ALIGNMENT_MS.get(self.venue, 0) if stated is None else stated

    @property
    def key(self) -> str:
        """The Kafka key, `venue:symbol`, with which every id begins."""
        return symbol_key(self.venue, self.symbol)
