"""Makes the engines: configured settings, and over them what was changed at run time."""

from __future__ import annotations

from processors.cross import CrossEngine
from processors.engine.engine import MarketEngine
from processors.shell.engines.coin import CoinEngine
from processors.shell.engines.settings_feed import ChangedSettings
from processors.shell.symbol import Engine
from schemas.instrument import asset_of_symbol, coins_of_markets
from schemas.record import ALL_VENUES, symbol_key
from schemas.settings import Settings


class EngineMaker:
    """Makes engines with the settings of their symbol."""

    def __init__(self, settings: Settings, changed: ChangedSettings) -> None:
        self._settings, self._changed = settings, changed
        self._coins = coins_of_markets(settings.cross.markets)

    def _is_read_together(self, venue: str, symbol: str) -> bool:
        markets = self._coins.get(asset_of_symbol(symbol), ())
        return symbol_key(venue, symbol) in markets

    def create(self, venue: str, symbol: str) -> Engine:
        """Return a fresh engine; the venue `all` means that of a coin."""
        settings = self._settings
        if venue == ALL_VENUES:
            return CoinEngine(CrossEngine(symbol, settings.cross, self._coins.get(symbol, ())))
        engine = MarketEngine(
            venue,
            symbol,
            settings.engine_for(symbol),
            quote_usd=settings.quote_usd(symbol),
            with_pulses=self._is_read_together(venue, symbol),
        )
        self.change(venue, symbol, engine)
        return engine

    def load(self, venue: str, symbol: str, state: bytes) -> Engine:
        """Return the engine of a dump. Raises EngineStateError or CrossStateError."""
        settings = self._settings
        if venue == ALL_VENUES:
            markets = self._coins.get(symbol, ())
            return CoinEngine(CrossEngine.load(state, settings.cross, markets))
        engine = MarketEngine.load(
            state,
            settings.engine_for(symbol),
            quote_usd=settings.quote_usd(symbol),
            with_pulses=self._is_read_together(venue, symbol),
        )
        self.change(venue, symbol, engine)
        return engine

    def change(self, venue: str, symbol: str, engine: Engine) -> None:
        """Tell an engine what was changed for its symbol, if anything was."""
        changed = self._changed.of(venue, symbol)
        if changed is not None:
            engine.change_settings(*changed)
