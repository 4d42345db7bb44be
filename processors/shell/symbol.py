"""One symbol in the worker: its engine, where it resumes, and what is written about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from processors.engine.admission import Refusal
from processors.shell.state import SymbolState
from processors.shell.symbol_figures import SymbolFigures
from schemas.market import (
    BookReset,
    DepthDiff,
    DepthHeartbeat,
    MarketRecord,
    OpenInterest,
    ResetReason,
    Trades,
)
from schemas.record import split_key
from schemas.settings import EngineSettings
from schemas.signals import Signal
from schemas.signals.pulse import MarketPulse
from schemas.topics import DEPTH

EngineInput = MarketRecord | MarketPulse
"""What an engine reads: records of its symbol, or pulses of the markets of its coin."""


class Engine(Protocol):
    """What the shell needs of a MarketEngine or, for a coin, of a CrossEngine."""

    def apply(self, record: Any, offset: int) -> list[Signal]:
        """Take one record of its kind and return the signals of everything it released."""

    def take_pulses(self) -> list[MarketPulse]:
        """Pulses of the seconds that ended since the last call."""

    def take_refusals(self) -> list[Refusal]:
        """Records that were left out since the last call, all of the topic applied last."""

    def take_repeated(self) -> int:
        """Trades that came again and were left out since the last call."""

    def next_offsets(self) -> dict[str, int]:
        """Per topic: the offset of the first record that is not fully applied."""

    def pending(self) -> dict[str, int]:
        """Per topic: the number of records that wait in the merge."""

    def bookless_at(self) -> int | None:
        """Event time (ms) up to which records were applied and left no book; None: there is one,
        none is needed, or nothing was applied."""

    def dump(self) -> bytes:
        """Return the state without the waiting records."""

    def change_settings(self, settings: EngineSettings, effective_from: int) -> None:
        """Go on with other settings from an event time (ms)."""


class EngineFactory(Protocol):
    """Makes engines with the settings of their symbol."""

    def create(self, venue: str, symbol: str) -> Engine:
        """Return a fresh engine."""

    def load(self, venue: str, symbol: str, state: bytes) -> Engine:
        """Return the engine of a dump."""

    def change(self, venue: str, symbol: str, engine: Engine) -> None:
        """Tell an engine what was changed for its symbol at run time."""


class SymbolRunner:
    """Feeds one engine and knows from where it has to be fed after a restart."""

    def __init__(
        self,
        key: str,
        engine: Engine,
        resume: Mapping[str, int],
        *,
        reset_due: bool = False,
        fault: str | None = None,
    ) -> None:
        """`reset_due`: depth records were lost before `resume`. `fault`: it is stopped already."""
        self.key = key
        self.fault = fault
        """Why the engine was stopped. Its last good state stays, so a repaired version resumes."""
        self.figures = SymbolFigures()
        self._engine = engine
        self._resume = dict(resume)
        self._fed: dict[str, int] = {}
        """Per topic: the offset after the last record that the engine was given."""
        self._reset_due = reset_due
        self._reset_offset = -1
        self._applied = 0
        self._written_at = -1

    @classmethod
    def restore(cls, key: str, state: SymbolState, factory: EngineFactory) -> SymbolRunner:
        """Return the runner of a stored state; one that is stopped if the engine refuses it."""
        venue, symbol = split_key(key)
        try:
            engine = factory.load(venue, symbol, state.engine)
        except Exception as error:  # noqa: BLE001 - must stop its symbol alone
            reason = f"state of {key} cannot be read: {error}"
            return cls.stopped(key, reason, state.resume, factory)
        return cls(key, engine, state.resume, reset_due=state.reset_due)

    @classmethod
    def stopped(
        cls, key: str, reason: str, resume: Mapping[str, int], factory: EngineFactory
    ) -> SymbolRunner:
        """Return a runner without a state to go on from: its engine is never fed."""
        return cls(key, factory.create(*split_key(key)), resume, fault=reason)

    def stop(self, reason: str) -> None:
        """Feed the engine no more; a repaired version resumes from its last stored state."""
        self.fault = reason

    def has_applied(self, topic: str, offset: int) -> bool:
        """Whether the stored state already contains the record."""
        return offset < self._resume.get(topic, 0)

    def apply(self, topic: str, record: EngineInput, offset: int) -> list[Signal]:
        """Feed one new record. Whatever the engine raises is raised."""
        if not _is_heartbeat(record):
            self._applied += 1
        self._fed[topic] = offset + 1
        if not (self._reset_due and topic == DEPTH.name):
            return self._engine.apply(record, offset)
        self._reset_due = False
        # The offset before this record's is either lost or another symbol's: never one that this
        # engine has seen.
        self._reset_offset = offset - 1
        signals = self._engine.apply(_reset_before(record), self._reset_offset)
        return [*signals, *self._engine.apply(record, offset)]

    def take_refusals(self) -> list[Refusal]:
        """Return the records of the topic applied last that the engine left out."""
        return self._engine.take_refusals()

    def take_repeated(self) -> int:
        """Return how many trades came again and were left out since the last call."""
        return self._engine.take_repeated()

    def take_pulses(self) -> list[MarketPulse]:
        """Return the pulses of the seconds that ended since the last call."""
        return self._engine.take_pulses()

    def change_settings(self, factory: EngineFactory) -> None:
        """Take up what was changed for the symbol."""
        venue, symbol = split_key(self.key)
        factory.change(venue, symbol, self._engine)
        self._applied += 1

    def depth_lost(self) -> None:
        """Depth records are missing: the book is invalid until the next snapshot."""
        self._reset_due = True
        self._applied += 1

    def book_missing_at(self) -> int | None:
        """Return the event time (ms) up to which the engine has no book although ingest publishes
        one; None where that is not so."""
        if self.fault is not None or not self.figures.is_book_published:
            return None
        return self._engine.bookless_at()

    def pending(self) -> dict[str, int]:
        """Per topic: the number of records that wait in the engine's merge."""
        return {} if self.fault is not None else self._engine.pending()

    def resume_offsets(self, positions: Mapping[str, int]) -> dict[str, int]:
        """Return, per topic, up to where the log holds nothing that this symbol still needs.

        `positions` are the offsets of the partition that are due next. Where the engine has not
        applied all that it was given, it is the first such record; elsewhere everything before the
        position was applied or belongs to other symbols.
        """
        if self.fault is not None:
            return dict(self._resume)
        due = self._engine.next_offsets()
        resume: dict[str, int] = {}
        for topic, position in positions.items():
            fed = self._fed.get(topic, 0)
            # The engine leaves out a topic that stands at offset 0.
            unapplied = due.get(topic, 0)
            stored = self._resume.get(topic, 0)
            resume[topic] = unapplied if unapplied < fed else max(position, stored)
        return resume

    @property
    def changed(self) -> bool:
        """Whether anything but heartbeats was applied since the last `snapshot`. What these led to
        is made again from the same heartbeats."""
        return self.fault is None and self._applied != self._written_at

    def snapshot(self, partition: int, positions: Mapping[str, int]) -> SymbolState:
        """Return the state to be written now, and note that it was taken."""
        self._written_at = self._applied
        resume = self.resume_offsets(positions)
        waiting = resume.get(DEPTH.name, 0) <= self._reset_offset
        return SymbolState(
            partition=partition,
            resume=resume,
            reset_due=self._reset_due or waiting,
            engine=self._engine.dump(),
        )


def _is_heartbeat(record: EngineInput) -> bool:
    if isinstance(record, DepthDiff):
        return False  # Most records.
    if isinstance(record, Trades):
        return not record.trades and record.unsound_from is None
    return isinstance(record, DepthHeartbeat)


def _reset_before(record: EngineInput) -> BookReset:
    if isinstance(record, Trades | OpenInterest | MarketPulse):
        raise TypeError("a book reset can only precede a depth record")
    return BookReset(
        venue=record.venue,
        symbol=record.symbol,
        event_time=record.event_time,
        received_us=record.received_us,
        reason=ResetReason.GAP,
    )
