"""The engine's state as bytes: compact, compressed, complete with its own offsets.

Everything that decides a later signal is here, so an engine that is loaded from these bytes and fed
from `MarketEngine.next_offsets` emits what an undisturbed one would have. What can be derived (the
order of the levels, sums of samples) is not.
"""

import zlib
from array import array

import msgspec

from processors.engine.book.book import OrderBook
from processors.engine.book.book_side import BookSide
from processors.engine.merge import MergePosition
from processors.engine.orders.reporter import TrackerState
from processors.engine.readings.action_state import ActionState
from processors.engine.readings.alerts import AlertState
from processors.engine.readings.flow import Flow
from processors.engine.readings.recent_flow import RecentFlow
from processors.engine.readings.smart_money import QuarterHistory

STATE_VERSION = 1


class EngineStateError(Exception):
    """The bytes are no engine state of this version."""


class BookState(msgspec.Struct):
    """A book with its levels as packed doubles: price, quantity, price, quantity, ..."""

    bids: bytes = b""
    asks: bytes = b""
    coverage: tuple[float, float] = (0.0, 0.0)
    last_update_id: int = 0
    valid: bool = False

    @classmethod
    def of(cls, book: OrderBook) -> "BookState":
        """Pack a book."""
        return cls(
            _pack(book.bids), _pack(book.asks), book.coverage, book.last_update_id, book.valid
        )

    def restore(self, book: OrderBook) -> None:
        """Fill `book` with what was packed."""
        book.restore(
            _unpack(self.bids),
            _unpack(self.asks),
            self.coverage,
            self.last_update_id,
            self.valid,
        )


class SettingsState(msgspec.Struct):
    """Settings that were changed at run time, as JSON of the whole engine settings."""

    in_force: str | None = None
    """None: those that the process was started with."""
    due: list[tuple[int, str]] = []
    """(event time in ms, settings) of changes that are still to come, in order."""


class EngineState(msgspec.Struct):
    """The whole state of one symbol."""

    version: int
    venue: str
    symbol: str
    position: MergePosition
    clock: int
    received_us: int
    book: BookState
    samples: list[tuple[int, bytes]]
    tracker: TrackerState
    flow: Flow
    recent: RecentFlow
    action: ActionState
    alerts: AlertState
    quarters: QuarterHistory
    gaps: int
    settings: SettingsState


def encode(state: EngineState) -> bytes:
    """Return the state as compressed bytes."""
    return zlib.compress(msgspec.msgpack.encode(state), level=3)


def decode(raw: bytes) -> EngineState:
    """Read what `encode` wrote. Raises EngineStateError."""
    try:
        state = msgspec.msgpack.decode(zlib.decompress(raw), type=EngineState)
    except (zlib.error, msgspec.DecodeError) as error:
        raise EngineStateError(f"not an engine state: {error}") from error
    if state.version != STATE_VERSION:
        raise EngineStateError(f"engine state of version {state.version}, expected {STATE_VERSION}")
    return state


def _pack(side: BookSide) -> bytes:
    return array("d", [figure for level in side for figure in level]).tobytes()


def _unpack(raw: bytes) -> list[tuple[float, float]]:
    figures = array("d")
    figures.frombytes(raw)
    return list(zip(figures[::2], figures[1::2], strict=True))
