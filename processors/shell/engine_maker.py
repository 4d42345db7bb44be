"""Makes the engines: configured settings, and over them what was changed at run time."""

from __future__ import annotations

from processors.engine.engine import MarketEngine
from processors.shell.settings_feed import ChangedSettings
from processors.shell.symbol import Engine
from schemas.settings import Settings


class EngineMaker:
    """Makes engines with the settings of their symbol."""

    def __init__(self, settings: Settings, changed: ChangedSettings) -> None:
        self._settings, self._changed = settings, changed

    def create(self, venue: str, symbol: str) -> MarketEngine:
        """Return a fresh engine."""
        engine = MarketEngine(venue, symbol, self._settings.engine_for(symbol))
        self.change(venue, symbol, engine)
        return engine

    def load(self, venue: str, symbol: str, state: bytes) -> MarketEngine:
        """Return the engine of a dump. Raises EngineStateError."""
        engine = MarketEngine.load(state, self._settings.engine_for(symbol))
        self.change(venue, symbol, engine)
        return engine

    def change(self, venue: str, symbol: str, engine: Engine) -> None:
        """Tell an engine what was changed for its symbol, if anything was."""
        changed = self._changed.of(venue, symbol)
        if changed is not None:
            engine.change_settings(*changed)
