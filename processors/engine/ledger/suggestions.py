"""Suggestions that wait to be entered or to end, and what became of them once they have."""

from collections.abc import Iterator
from math import inf
from typing import Final

import msgspec

from processors.engine.book.book import OrderBook
from processors.engine.ledger.grade import DIGITS, Moment
from processors.engine.risk.suggestion import loss_of, mean_exit
from processors.engine.scope import Scope
from schemas.market import Level, Trade
from schemas.signals import (
    Classification,
    LargeOrderEvent,
    Side,
    Signal,
    SuggestionEnd,
    SuggestionOutcome,
)
from schemas.units import NEVER_MS

TRADES_MISSING: Final = "trades missing"
BOOK_TOO_THIN: Final = "the book held less"
TOO_MANY: Final = "too many suggestions"


class PendingSuggestion(msgspec.Struct):
    """A suggestion that is not over."""

    id: str
    order_id: str
    classification: Classification
    side: Side
    told_at: int
    horizon_ms: int
    entry: float
    invalidation: float
    qty: float
    suggested_loss_usd: float
    max_loss_usd: float
    fee_bps: float
    settings_version: str
    entered_at: int | None = None
    touched_at: int | None = None

    @property
    def direction(self) -> int:
        """+1: it buys; -1: it sells."""
        return 1 if self.side is Side.BID else -1

    @property
    def due(self) -> int:
        """When its horizon is over, ms."""
        return self.told_at + self.horizon_ms


class SuggestionLedger:
    """Grades the suggestions of one symbol. Nothing is known of what happened before one was told,
    nor of what happens at its horizon."""

    def __init__(self, scope: Scope, book: OrderBook, pending: list[PendingSuggestion]) -> None:
        self._scope, self._book, self._pending = scope, book, pending
        self._look_again()

    @property
    def pending(self) -> list[PendingSuggestion]:
        """What has to survive a restart, in the order in which they were told."""
        return self._pending

    def reach(self, now: int, received_us: int, silent: str | None, out: list[Signal]) -> None:
        """End what is due up to `now` (ms), before anything that happens then; `silent` says why
        the book is not known, if it is not."""
        if now < self.next_due:
            return
        for one in sorted((one for one in self._pending if one.due <= now), key=lambda p: p.due):
            moment = Moment(one.due, received_us)
            if silent is not None:
                self._end(one, SuggestionEnd.VOID, moment, out, void_reason=silent)
            elif one.entered_at is None:
                self._end(one, SuggestionEnd.NOT_ENTERED, moment, out)
            else:
                self._leave(one, SuggestionEnd.HELD, moment, out)

    def traded(self, trades: list[Trade]) -> None:
        """Note trades, in their order: each may touch entries, or go beyond them. At the entry
        others may have come first; beyond it nothing was left to buy or sell there."""
        if not self._pending:
            return
        for trade in trades:
            if not self._buys_to < trade.price < self._sells_from:
                self._touch(trade)

    def trades_missing(self, until: int, moment: Moment, out: list[Signal]) -> None:
        """Note that trades up to `until` (ms, inclusive) may be missing: who was entered is not
        known."""
        for one in [one for one in self._pending if one.entered_at is None]:
            if until >= one.told_at:
                self._end(one, SuggestionEnd.VOID, moment, out, void_reason=TRADES_MISSING)

    def book_lost(self, reason: str, moment: Moment, out: list[Signal]) -> None:
        """Note that the book is not known."""
        for one in list(self._pending):
            self._end(one, SuggestionEnd.VOID, moment, out, void_reason=reason)

    def book_updated(self, moment: Moment, out: list[Signal]) -> None:
        """Note the book after an update: it may have reached invalidations."""
        if not self._pending:
            return
        bid, ask = self._book.best_bid(), self._book.best_ask()
        if bid is None or ask is None:
            return
        if bid[0] > self._bid_stop and ask[0] < self._ask_stop:
            return
        for one in [one for one in self._pending if one.entered_at is not None]:
            best = bid if one.side is Side.BID else ask
            if (one.invalidation - best[0]) * one.direction >= 0:
                self._leave(one, SuggestionEnd.STOPPED, moment, out)

    def take(self, moment: Moment, signals: list[Signal], out: list[Signal]) -> None:
        """Take up what is suggested in `signals`, which were emitted at the moment, and drop what
        is not suggested any more."""
        for event in signals:
            if not isinstance(event, LargeOrderEvent):
                continue
            known = next((one for one in self._pending if one.order_id == event.order_id), None)
            if event.suggested_qty is None:
                if known is not None and known.entered_at is None:
                    self._end(known, SuggestionEnd.WITHDRAWN, moment, out)
            elif known is None:
                self._begin(event, moment, out)

    def _begin(self, event: LargeOrderEvent, moment: Moment, out: list[Signal]) -> None:
        settings = self._scope.settings
        if len(self._pending) >= settings.ledger.max_pending:
            self._end(self._pending[0], SuggestionEnd.VOID, moment, out, void_reason=TOO_MANY)
        figures = {
            "entry": event.suggested_entry,
            "invalidation": event.suggested_invalidation,
            "qty": event.suggested_qty,
            "suggested_loss_usd": event.suggested_loss_usd,
            "max_loss_usd": event.max_loss_usd,
        }
        head = {
            "id": event.event_id,
            "order_id": event.order_id,
            "classification": event.classification,
            "side": event.side,
            "told_at": moment.time,
            "horizon_ms": settings.risk.horizon_ms,
            "fee_bps": settings.risk.fee_bps,
            "settings_version": event.settings_version,
        }
        self._pending.append(msgspec.convert({**head, **figures}, PendingSuggestion))
        self._look_again()

    def _leave(
        self, one: PendingSuggestion, end: SuggestionEnd, moment: Moment, out: list[Signal]
    ) -> None:
        """Let an entered suggestion leave through the book as it is."""
        exit_price = mean_exit(self._levels(one.side), one.qty)
        if exit_price is None:
            self._end(one, SuggestionEnd.VOID, moment, out, void_reason=BOOK_TOO_THIN)
            return
        loss = loss_of(one.direction, one.entry, exit_price, one.qty, one.fee_bps)
        loss_usd = loss * self._scope.usd
        self._end(one, end, moment, out, exit_price=exit_price, loss_usd=loss_usd)

    def _levels(self, side: Side) -> Iterator[Level]:
        """Give the levels of a side from the best one outwards."""
        return self._book.side(side).outwards()

    def _end(
        self,
        one: PendingSuggestion,
        end: SuggestionEnd,
        moment: Moment,
        out: list[Signal],
        *,
        exit_price: float | None = None,
        loss_usd: float | None = None,
        void_reason: str | None = None,
    ) -> None:
        self._pending.remove(one)
        self._look_again()
        within = None if loss_usd is None else loss_usd <= one.max_loss_usd
        outcome = SuggestionOutcome(
            venue=self._scope.venue,
            symbol=self._scope.symbol,
            event_id=f"{one.id}:graded",
            event_time=moment.time,
            received_us=moment.received_us,
            suggestion_id=one.id,
            order_id=one.order_id,
            classification=one.classification,
            side=one.side,
            told_at=one.told_at,
            horizon_ms=one.horizon_ms,
            entry=one.entry,
            invalidation=one.invalidation,
            qty=one.qty,
            suggested_loss_usd=one.suggested_loss_usd,
            max_loss_usd=one.max_loss_usd,
            end=end,
            touched_at=one.touched_at,
            entered_at=one.entered_at,
            exit_price=exit_price,
            loss_usd=None if loss_usd is None else round(loss_usd, DIGITS) + 0.0,
            is_within=within,
            void_reason=void_reason,
            settings_version=one.settings_version,
        )
        out.append(outcome)

    def _touch(self, trade: Trade) -> None:
        for one in self._pending:
            beyond = (one.entry - trade.price) * one.direction
            if beyond < 0 or one.entered_at is not None or trade.event_time < one.told_at:
                continue
            if one.touched_at is None:
                one.touched_at = trade.event_time
            if beyond > 0:
                one.entered_at = trade.event_time
        self._look_again()

    def _look_again(self) -> None:
        """Find what the next price or time has to reach for anything to happen."""
        entries, stops = list[PendingSuggestion](), list[PendingSuggestion]()
        for one in self._pending:
            (entries if one.entered_at is None else stops).append(one)
        self._buys_to = max((p.entry for p in entries if p.side is Side.BID), default=-inf)
        self._sells_from = min((p.entry for p in entries if p.side is Side.ASK), default=inf)
        self._bid_stop = max((p.invalidation for p in stops if p.side is Side.BID), default=-inf)
        self._ask_stop = min((p.invalidation for p in stops if p.side is Side.ASK), default=inf)
        self.next_due = min((p.due for p in self._pending), default=NEVER_MS)
