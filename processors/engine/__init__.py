"""The detection engine: records of one symbol in, signals out. Never I/O, a clock or randomness.

`MarketEngine` is the public interface; `docs/library.md` shows its use.
"""

from processors.engine.engine import MarketEngine
from processors.engine.state import EngineStateError
from schemas.market import MarketRecord

__all__ = ["EngineStateError", "MarketEngine", "MarketRecord"]
