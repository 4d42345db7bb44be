"""The markets of each coin read together in one process, as a replay does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from processors.cross import CrossEngine
from schemas.instrument import coins_of_markets
from schemas.settings import CrossSettings
from schemas.signals import Signal
from schemas.signals.pulse import MarketPulse


class CrossReplay:
    """The cross engines of all coins that have several markets; a finished log is waited for."""

    def __init__(self, settings: CrossSettings, markets: Collection[str]) -> None:
        patient = settings.model_copy(update={"max_wait_ms": None})
        coins = coins_of_markets(markets)
        self._read = {market for found in coins.values() for market in found}
        self._engines = {coin: CrossEngine(coin, patient, found) for coin, found in coins.items()}
        self._offsets: Counter[str] = Counter()

    def reads(self, market: str) -> bool:
        """Tell whether a market (`venue:symbol`) is read together with others."""
        return market in self._read

    def take(self, pulse: MarketPulse) -> list[Signal]:
        """Take a pulse; return what the markets of its coin say together."""
        offset = self._offsets[pulse.asset]
        self._offsets[pulse.asset] += 1
        return self._engines[pulse.asset].apply(pulse, offset)
