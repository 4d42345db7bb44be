"""The engine's state as bytes: compact, compressed, complete with its own offsets.

Everything that decides a later signal is here, so an engine that is loaded from these bytes and fed
from `MarketEngine.next_offsets` emits what an undisturbed one would have. What can be derived (the
order of the levels, sums of samples) is not.
"""

from array import array
from typing import Any, Final

import msgspec
from pydantic import ValidationError

from processors.engine.book.book import OrderBook
from processors.engine.book.book_side import BookSide
from processors.engine.fate.ledger import FateLedgerState
from processors.engine.ledger.ledger import LedgerState
from processors.engine.merge import MergePosition
from processors.engine.orders.reporter import TrackerState
from processors.engine.orders.threshold import Sampling, ThresholdSample
from processors.engine.readings.action_state import ActionState
from processors.engine.readings.alerts import AlertState
from processors.engine.readings.flow import Flow
from processors.engine.readings.pulse import PulseState
from processors.engine.readings.recent_flow import RecentFlow
from processors.engine.readings.smart_money import QuarterHistory
from processors.engine.readings.told import ToldState
from processors.state_bytes import compress, uncompress
from schemas.quotes import DOLLARS, quote_of
from schemas.settings import EngineSettings
from schemas.trade_ids import TradeIds

STATE_VERSION: Final = 2
READABLE_VERSIONS: Final = (1, 2)
"""Version 1 had quantities in units of 1e-8 and no lot of its own."""
BIG_INTEGER: Final = 1
"""Extension type of an integer beyond 64 bits: little-endian two's complement."""
FITTING: Final = range(-(2**63), 2**64)
"""The integers that MessagePack itself can hold."""


class EngineStateError(Exception):
    """The bytes are no engine state of this version."""


class BookState(msgspec.Struct):
    """A book with its levels as packed doubles: price, quantity, price, quantity, ..."""

    bids: bytes = b""
    asks: bytes = b""
    coverage: tuple[float, float] = (0.0, 0.0)
    last_update_id: int = 0
    valid: bool = False
    emptied_bids: bytes = b""
    emptied_asks: bytes = b""
    """Prices that were seen to be empty, as packed doubles."""

    @classmethod
    def of(cls, book: OrderBook) -> "BookState":
        """Pack a book."""
        return cls(
            _pack(book.bids),
            _pack(book.asks),
            book.coverage,
            book.last_update_id,
            book.valid,
            array("d", book.bids.emptied()).tobytes(),
            array("d", book.asks.emptied()).tobytes(),
        )

    def restore(self, book: OrderBook) -> None:
        """Fill `book` with what was packed."""
        book.restore(
            _unpack(self.bids),
            _unpack(self.asks),
            self.coverage,
            (_doubles(self.emptied_bids), _doubles(self.emptied_asks)),
            self.last_update_id,
            self.valid,
        )


class SettingsState(msgspec.Struct):
    """Settings that were changed at run time, as JSON of the whole engine settings."""

    in_force: str | None = None
    """None: those that the process was started with."""
    due: list[tuple[int, str]] = []
    """(event time in ms, settings) of changes that are still to come, in order."""

    def is_taken(self) -> bool:
        """Tell whether all of them are settings by the rules of this release."""
        stated = [self.in_force] if self.in_force is not None else []
        try:
            for document in (*stated, *(changed for _, changed in self.due)):
                EngineSettings.model_validate_json(document)
        except ValidationError:
            return False
        return True


class EngineState(msgspec.Struct):
    """The whole state of one symbol."""

    version: int
    venue: str
    symbol: str
    position: MergePosition
    clock: int
    received_us: int
    book: BookState
    tracker: TrackerState
    flow: Flow
    recent: RecentFlow
    action: ActionState
    alerts: AlertState
    quarters: QuarterHistory
    gaps: int
    settings: SettingsState
    samples: list[ThresholdSample] = msgspec.field(name="threshold", default_factory=list)
    lot_digits: int = 8
    """The default is that of version 1."""
    contradictions: int = 0
    invalid_reason: str | None = None
    ledger: LedgerState = msgspec.field(default_factory=LedgerState)
    trade_ids: TradeIds = msgspec.field(default_factory=TradeIds)
    quote_usd: float | None = None
    """USD for one unit of the quote currency that was in force; None: unknown."""
    pulse: PulseState = msgspec.field(default_factory=PulseState)
    fates: FateLedgerState = msgspec.field(default_factory=FateLedgerState)
    told: ToldState = msgspec.field(default_factory=ToldState)
    sampling: Sampling | None = None
    """By what `samples` were taken; None in states of earlier releases."""


def encode(state: EngineState) -> bytes:
    """Return the state as compressed bytes."""
    try:
        packed = msgspec.msgpack.encode(state)
    except OverflowError:
        plain = msgspec.to_builtins(state, builtin_types=(bytes,))
        packed = msgspec.msgpack.encode(_with_extensions(plain))
    return compress(packed)


def decode(raw: bytes) -> EngineState:
    """Read what `encode` wrote, or an earlier version. Raises EngineStateError."""
    try:
        packed = uncompress(raw)
        head = msgspec.msgpack.decode(packed, type=_Head)
        version = head.version
        if version not in READABLE_VERSIONS:
            raise EngineStateError(
                f"engine state of version {version}, this release reads"
                f" {READABLE_VERSIONS[0]} to {READABLE_VERSIONS[-1]}"
            )
        try:
            state = msgspec.msgpack.decode(packed, type=EngineState)
        except msgspec.ValidationError:
            plain = msgspec.msgpack.decode(packed, ext_hook=_big_integer)
            state = msgspec.convert(plain, EngineState, builtin_types=(bytes,))
    except (ValueError, msgspec.MsgspecError) as error:
        raise EngineStateError(f"not an engine state: {error}") from error
    state.version = STATE_VERSION
    if head.quote_usd is msgspec.UNSET and quote_of(state.symbol) not in DOLLARS:
        # Earlier releases kept changed settings with their amounts in the quote currency. What was
        # stated is in the log of changes and is taken up from there.
        state.settings = SettingsState()
    elif not state.settings.is_taken():
        # An earlier release took what this one refuses, in the log of changes too.
        state.settings = SettingsState()
    return state


class _Head(msgspec.Struct):
    version: int
    quote_usd: float | msgspec.UnsetType | None = msgspec.UNSET
    """Absent before amounts in USD were reckoned at a rate."""


def _with_extensions(value: Any) -> Any:
    """Return builtins in which integers that MessagePack cannot hold are extensions."""
    match value:
        case dict():
            return {key: _with_extensions(item) for key, item in value.items()}
        case list() | tuple():
            return [_with_extensions(item) for item in value]
        case int() if value not in FITTING:
            size = value.bit_length() // 8 + 1
            data = value.to_bytes(size, "little", signed=True)
            return msgspec.msgpack.Ext(BIG_INTEGER, data)
        case _:
            return value


def _big_integer(code: int, data: memoryview) -> int:
    if code != BIG_INTEGER:
        raise EngineStateError(f"not an engine state: unknown extension {code}")
    return int.from_bytes(data, "little", signed=True)


def _pack(side: BookSide) -> bytes:
    return array("d", [figure for level in side for figure in level]).tobytes()


def _unpack(raw: bytes) -> list[tuple[float, float]]:
    figures = _doubles(raw)
    return list(zip(figures[::2], figures[1::2], strict=True))


def _doubles(raw: bytes) -> "array[float]":
    figures = array("d")
    figures.frombytes(raw)
    return figures
