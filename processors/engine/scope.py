"""Whose market it is and by which rules it is read."""

from dataclasses import dataclass

from schemas.record import symbol_key
from schemas.settings import EngineSettings


@dataclass(frozen=True, slots=True)
class Scope:
    """One symbol of one venue with its engine settings."""

    venue: str
    symbol: str
    settings: EngineSettings

    @property
    def key(self) -> str:
        """The Kafka key, `venue:symbol`, with which every id begins."""
        return symbol_key(self.venue, self.symbol)
