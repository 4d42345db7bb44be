"""Readings that wait for their horizons, and the outcomes once those are reached."""

from collections import deque
from typing import Final

import msgspec

from processors.engine.book.book import OrderBook
from processors.engine.ledger.grade import Figures, Moment, PendingReading, Touch, figures, outcome
from processors.engine.ledger.mid_path import MidPath
from processors.engine.ledger.reading import ReadingMemory
from processors.engine.ledger.suggestions import PendingSuggestion, SuggestionLedger
from processors.engine.scope import Scope
from schemas.signals import Outcome, Signal
from schemas.units import NEVER_MS

ONE_SIDED: Final = "one-sided"
SILENT: Final = "silent"
TOO_MANY: Final = "too many readings"


class Loss(msgspec.Struct, frozen=True):
    """The last moment at which the book was not known, ms, and why."""

    time: int
    reason: str


class LedgerState(msgspec.Struct):
    """Everything that has to survive a restart."""

    pending: list[PendingReading] = []
    """In the order in which they were told."""
    memory: ReadingMemory = msgspec.field(default_factory=ReadingMemory)
    path: MidPath = msgspec.field(default_factory=MidPath)
    loss: Loss | None = None
    updated_at: int = 0
    """When the book was last updated, ms; 0 before the first time."""
    suggestions: list[PendingSuggestion] = []


class Ledger:
    """Grades the readings and the suggestions of one symbol. At a horizon it looks before anything
    that happens at that very time: the price was known, and nothing after it."""

    def __init__(self, scope: Scope, book: OrderBook, state: LedgerState) -> None:
        self._scope, self._settings = scope, scope.settings.ledger
        self._book = book
        model = scope.settings.fate.model
        self._model_version = None if model is None else model.version
        self._memory, self._path = state.memory, state.path
        self._loss, self._updated_at = state.loss, state.updated_at
        self.suggestions = SuggestionLedger(scope, book, state.suggestions)
        """What is suggested beside walls; it has to be told of every trade."""
        self._pending = deque(state.pending)
        self._due: dict[int, deque[PendingReading]] = {}
        for pending in state.pending:
            self._queue(pending)
        self._next_due = self._first_due()

    def state(self) -> LedgerState:
        """Return what has to survive."""
        return LedgerState(
            list(self._pending),
            self._memory,
            self._path,
            self._loss,
            self._updated_at,
            self.suggestions.pending,
        )

    def reach(self, now: int, received_us: int, out: list[Signal]) -> None:
        """Grade every horizon up to `now` (ms). Before anything that happens then."""
        if now < self._next_due and now < self.suggestions.next_due:
            return
        while self._next_due <= now:
            # Of two that are due at once the shorter goes first, whichever was known first.
            horizon = min(sorted(self._due), key=self._due_at)
            pending = self._due[horizon].popleft()
            pending.horizons_ms.remove(horizon)
            moment = Moment(pending.told_at + horizon, received_us)
            out.append(self._grade(pending, horizon, moment))
            self._drop_graded()
            self._next_due = self._first_due()
        silent = SILENT if self._is_silent(now) else None
        self.suggestions.reach(now, received_us, silent, out)

    def second_ended(self, now: int) -> None:
        """Close the second that ends at `now` (ms)."""
        for pending in reversed(self._pending):
            if pending.path.sample is None:
                break
            self._path.ended_within(pending.path)
        self._path.end_second(now)
        self._path.forget_before(self._pending[0].told_at if self._pending else now)

    def trades_missing(self, until: int, moment: Moment, out: list[Signal]) -> None:
        """Note that trades up to `until` (ms, inclusive) may be missing."""
        self.suggestions.trades_missing(until, moment, out)

    def book_updated(self, moment: Moment, invalid_reason: str | None, out: list[Signal]) -> None:
        """Note the book after an update or a second; `invalid_reason` says why there is none."""
        mid = self._book.mid() if self._book.valid else None
        if mid is None:
            reason = ONE_SIDED if self._book.valid else invalid_reason or SILENT
            self._loss = Loss(moment.time, reason)
            self.suggestions.book_lost(reason, moment, out)
        else:
            self.suggestions.book_updated(moment, out)
        self._path.move(mid)

    def heard(self, moment: Moment, out: list[Signal]) -> None:
        """Note that depth arrived, before it is applied."""
        if self._updated_at and self._is_silent(moment.time):
            self._loss = Loss(moment.time, SILENT)
            self.suggestions.book_lost(SILENT, moment, out)
        self._updated_at = moment.time

    def take(
        self, now: int, sigma_bps: float, signals: list[Signal], received_us: int
    ) -> list[Signal]:
        """Wait for what becomes of the readings among `signals`, which were emitted `now` (ms).
        Returns the outcomes of those that had to make room."""
        evicted: list[Signal] = []
        self.suggestions.take(Moment(now, received_us), signals, evicted)
        for reading in self._memory.readings(signals):
            pending = PendingReading(
                reading,
                now,
                Touch.of(self._book),
                sigma_bps,
                self._path.begin(now),
                self._scope.version,
                list(self._settings.horizons_ms),
                self._model_version,
            )
            self._pending.append(pending)
            self._queue(pending)
            if len(self._pending) > self._settings.max_pending:
                evicted += self._evict(Moment(now, received_us))
        self._next_due = self._first_due()
        return evicted

    def _evict(self, moment: Moment) -> list[Outcome]:
        oldest = self._pending.popleft()
        for horizon in oldest.horizons_ms:
            self._due[horizon].remove(oldest)
        return [
            outcome(self._scope, oldest, horizon, moment, Figures(), TOO_MANY)
            for horizon in oldest.horizons_ms
        ]

    def _grade(self, pending: PendingReading, horizon_ms: int, moment: Moment) -> Outcome:
        reason = self._void_reason(pending, moment.time)
        touch = Touch.of(self._book)
        if reason is not None or pending.touch is None or touch is None:
            return outcome(self._scope, pending, horizon_ms, moment, Figures(), reason or ONE_SIDED)
        found = figures(pending, touch, *self._path.range_of(pending.path))
        return outcome(self._scope, pending, horizon_ms, moment, found)

    def _void_reason(self, pending: PendingReading, now: int) -> str | None:
        loss = self._loss
        if loss is not None and loss.time >= pending.told_at:
            return loss.reason
        return SILENT if self._is_silent(now) else None

    def _is_silent(self, now: int) -> bool:
        return now - self._updated_at > self._settings.silent_ms

    def _queue(self, pending: PendingReading) -> None:
        for horizon in pending.horizons_ms:
            self._due.setdefault(horizon, deque()).append(pending)

    def _drop_graded(self) -> None:
        while self._pending and not self._pending[0].horizons_ms:
            self._pending.popleft()

    def _due_at(self, horizon_ms: int) -> int:
        waiting = self._due[horizon_ms]
        return waiting[0].told_at + horizon_ms if waiting else NEVER_MS

    def _first_due(self) -> int:
        return min(map(self._due_at, self._due), default=NEVER_MS)
