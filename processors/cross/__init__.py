"""The cross engine: pulses of all markets of a coin in, what they say together out.

Pure and deterministic like the market engine: no I/O, no clock; the order in which pulses of
different markets arrive does not matter.
"""

from processors.cross.engine import CrossEngine
from processors.cross.state import CrossStateError

__all__ = ["CrossEngine", "CrossStateError"]
