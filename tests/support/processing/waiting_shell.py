"""What a market shell needs around it, recorded, and an engine that only waits and lets go."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import Any

from faust.types import TP

from processors.engine.admission import Refusal
from processors.shell.market import SLICE_S
from processors.shell.state import (
    MAX_STATE_BYTES,
    StoredStates,
    SymbolState,
    encode_state,
)
from processors.shell.symbol import Engine
from schemas.market import BookReset, DepthHeartbeat, MarketRecord, ResetReason, Trades
from schemas.settings import EngineSettings
from schemas.signals import Signal
from schemas.signals.pulse import MarketPulse
from schemas.topics import DEPTH, TRADES
from tests.support.processing.shell_reader import Delivered, RecordedReader

NO_STATES = StoredStates({}, {})
READ_TIME = 4_000
"""Up to when a `WaitingEngine` has read and found no book."""
DEPTH_0, TRADES_0 = TP(DEPTH.name, 0), TP(TRADES.name, 0)


@dataclass
class Surroundings(RecordedReader):
    """Consumer, table and emitter of a shell, recorded."""

    states: dict[str, SymbolState] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)
    emitted: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def of_partition(self, partition: int) -> StoredStates:
        return StoredStates(self.states, self.unreadable) if partition == 0 else NO_STATES

    async def write(self, key: str, state: SymbolState) -> None:
        encode_state(key, state)
        self.states[key] = state

    def emit(self, topic: str, key: bytes | None, value: bytes) -> None:
        self.emitted.append((topic, json.loads(value)))

    async def capacity(self) -> None:
        return None

    async def flush(self) -> None:
        return None


class WaitingEngine:
    """Holds depth until a trade pack comes, then lets go of all of it. Fails on symbol BAD, and
    takes its time on SLOW."""

    def __init__(self, symbol: str) -> None:
        self._symbol = symbol
        self.depth: list[int] = []
        self._next: dict[str, int] = {}

    def apply(self, record: MarketRecord, offset: int) -> list[Signal]:
        if self._symbol == "BAD":
            raise ZeroDivisionError("float division by zero")
        if self._symbol == "SLOW":
            end_s = time.monotonic() + SLICE_S / 3
            while time.monotonic() < end_s:
                pass
        if isinstance(record, Trades):
            self._next[TRADES.name] = offset + 1
            self.depth.clear()
        else:
            self._next[DEPTH.name] = offset + 1
            self.depth.append(offset)
        return []

    def change_settings(self, settings: EngineSettings, effective_from: int) -> None:
        """It has none."""

    def take_pulses(self) -> list[MarketPulse]:
        return []

    def bookless_at(self) -> int | None:
        return READ_TIME

    def take_repeated(self) -> int:
        return 0

    def take_refusals(self) -> list[Refusal]:
        return []

    def next_offsets(self) -> dict[str, int]:
        return {**self._next, **({DEPTH.name: self.depth[0]} if self.depth else {})}

    def pending(self) -> dict[str, int]:
        return {DEPTH.name: len(self.depth), TRADES.name: 0}

    def dump(self) -> bytes:
        if self.depth and self._symbol == "OVERFLOW":
            raise OverflowError("int too big to convert")
        return b"x" * MAX_STATE_BYTES if self.depth and self._symbol == "LARGE" else b"{}"


class Engines:
    """The factory of `WaitingEngine`s."""

    def create(self, venue: str, symbol: str) -> Engine:
        return WaitingEngine(symbol)

    def change(self, venue: str, symbol: str, engine: Engine) -> None:
        if symbol == "UNCHANGEABLE":
            raise ValueError("no such step")

    def load(self, venue: str, symbol: str, state: bytes) -> Engine:
        if state == b"old":
            raise ValueError("another version")
        return WaitingEngine(symbol)


def depth(offset: int, symbol: str = "AAA", *, is_heartbeat: bool = False) -> Delivered:
    head = {"venue": "v", "symbol": symbol, "event_time": 1, "received_us": 1}
    value: MarketRecord = BookReset(**head, reason=ResetReason.GAP)
    if is_heartbeat:
        value = DepthHeartbeat(**head)
    return Delivered(DEPTH.name, offset, value.key.encode(), value.model_dump_json().encode())


def pack(offset: int, symbol: str = "AAA") -> Delivered:
    value = Trades(venue="v", symbol=symbol, received_us=1, watermark=1, trades=[])
    return Delivered(TRADES.name, offset, value.key.encode(), value.model_dump_json().encode())
