"""The cross engine of a coin in the shape in which the shell feeds engines."""

from __future__ import annotations

from processors.cross import CrossEngine
from processors.engine.admission import Refusal
from schemas.settings import EngineSettings
from schemas.signals import Signal
from schemas.signals.pulse import MarketPulse
from schemas.topics import PULSES


class CoinEngine:
    """One coin in the worker; it reads one topic, so no stream of it waits for another."""

    def __init__(self, engine: CrossEngine) -> None:
        self._engine = engine

    def apply(self, record: MarketPulse, offset: int) -> list[Signal]:
        """Take one pulse and return the signals of the seconds that it completed."""
        return self._engine.apply(record, offset)

    def take_pulses(self) -> list[MarketPulse]:
        """Return none: pulses are what it reads."""
        return []

    def take_refusals(self) -> list[Refusal]:
        """Return none: a pulse that cannot be used is counted as late."""
        return []

    def take_repeated(self) -> int:
        """Return 0: pulses hold no single trades."""
        return 0

    def next_offsets(self) -> dict[str, int]:
        """Return the offset of the first pulse that is not fully applied."""
        return {PULSES.name: self._engine.next_offset()}

    def pending(self) -> dict[str, int]:
        """Return nothing: pulses wait for those of other markets in the same topic, and holding it
        back would keep these away."""
        return {}

    def bookless_at(self) -> int | None:
        """Return None: a coin has no book."""
        return None

    def dump(self) -> bytes:
        """Return the state without the waiting pulses."""
        return self._engine.dump()

    def change_settings(self, settings: EngineSettings, effective_from: int) -> None:
        """Change nothing: the settings of a coin are those that the process was started with."""
