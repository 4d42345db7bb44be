"""What one symbol's records do, in the order they are given: book, orders, flow and readings."""

from collections.abc import Callable
from typing import Final

from processors.engine.book.book import OrderBook, SequenceGapError
from processors.engine.book.lot import Lot
from processors.engine.book.sides.change import ContradictionError
from processors.engine.elements import PollElement, TradeGroup
from processors.engine.fate.features import MarketMoment
from processors.engine.large_levels import LargeLevels
from processors.engine.orders.order import TrackedOrder
from processors.engine.orders.reporter import OrderReporter, TrackerState
from processors.engine.orders.threshold import RollingThreshold
from processors.engine.orders.tracker import OrderTracker
from processors.engine.readings import builders
from processors.engine.readings.action_state import ActionState
from processors.engine.readings.alerts import AlertState
from processors.engine.readings.analyst import Analyst
from processors.engine.readings.flow import INTERVALS_MS, Bar, Flow
from processors.engine.readings.pulse import PulseState
from processors.engine.readings.recent_flow import RecentFlow
from processors.engine.readings.smart_money import QuarterHistory
from processors.engine.readings.told import BookSecond, ToldState
from processors.engine.scope import Scope
from processors.engine.state import EngineState
from processors.engine.verdict.judge import OrderJudge
from schemas.market import (
    AnyDepth,
    BookReset,
    DepthDiff,
    DepthSnapshot,
    ResetReason,
    TakerSide,
    Trade,
)
from schemas.signals import FinalAction, LargeOrderEvent, OrderEventKind, Side, Signal
from schemas.signals.pulse import MarketPulse
from schemas.trade_ids import TradeIds
from schemas.units import MINUTE_MS, QUARTER_MS, SECOND_MS

CONTRADICTION: Final = "contradiction"
DiffObserver = Callable[[DepthDiff, OrderBook], None]
SecondObserver = Callable[[Scope, MarketMoment, list[TrackedOrder]], None]


class SymbolMarket:
    """The parts of the engine by the rules of one `Scope`. Every method appends its signals."""

    def __init__(
        self,
        scope: Scope,
        state: EngineState | None,
        on_diff: DiffObserver | None,
        on_second: SecondObserver | None = None,
        pulses: list[MarketPulse] | None = None,
        *,
        with_book: bool = True,
    ) -> None:
        """Put the parts together around what `state` remembers. `pulses` takes that of every full
        second; None: none are made. `with_book`: `BookMetrics` are told."""
        self._with_book = with_book
        self._scope, self._on_diff, self._on_second = scope, on_diff, on_second
        settings = scope.settings
        self.book = OrderBook(max(settings.lifecycle.impact_levels, settings.book.obi_levels))
        if state is not None:
            state.book.restore(self.book)
        self.lot = Lot(state.lot_digits if state else 0)
        self.threshold = (
            RollingThreshold(settings.threshold, state.samples, state.sampling)
            if state
            else RollingThreshold(settings.threshold)
        )
        self.flow = state.flow if state else Flow()
        self.recent = state.recent if state else RecentFlow()
        self.received_us = state.received_us if state else 0
        """Receive time of the newest record, stamped on every signal that it leads to."""
        tracked = state.tracker if state else TrackerState()
        self._judge = OrderJudge(scope, self.book, self.recent, tracked.judge)
        self._reporter = OrderReporter(
            scope, self.book, self._judge, self.recent, tracked, self.received_us
        )
        self.tracker = OrderTracker(
            scope, self.book, self.lot, self.recent, self.threshold, self._reporter, tracked
        )
        readings = (ActionState(), AlertState(), QuarterHistory())
        self._large = LargeLevels(scope, self.book, self.threshold, self.tracker, self._admit)
        self.analyst = Analyst(
            scope,
            self.book,
            self.flow,
            self.recent,
            self.tracker,
            self._judge,
            (state.action, state.alerts, state.quarters) if state else readings,
        )
        self.pulse = state.pulse if state else PulseState()
        self.told = state.told if state else ToldState()
        self._pulses = pulses
        self.gaps = state.gaps if state else 0
        """Sequence gaps that ingest should have caught."""
        self.trade_ids = state.trade_ids if state else TradeIds()
        self._repeated_trades = 0
        self.contradictions = state.contradictions if state else 0
        """Updates after which the book contradicted itself."""
        self.invalid_reason = state.invalid_reason if state else ResetReason.START.value
        """Why there is no book; None while there is one."""

    @property
    def sigma_bps(self) -> float:
        """Standard deviation of the change of mid in a second over the last minute, bps."""
        return self._judge.sigma_bps

    def heard(self, received_us: int) -> None:
        """Note when the record that comes next was received (microseconds since the epoch)."""
        self.received_us = received_us
        self._reporter.heard(received_us)

    def depth(self, record: AnyDepth, now: int, out: list[Signal]) -> None:
        """Apply a depth record at `now` ms."""
        match record:
            case DepthDiff():
                if self.book.valid:
                    self._diff(record, now, out)
            case DepthSnapshot():
                self._load(record, now, out)
            case BookReset():
                self._drop_book(now, record.reason, out)
            case _:
                return
        if self._pulses is not None:
            self.pulse.moved(now, self.book.mid() if self.book.valid else None)
            self.pulse.received(record.received_us / 1_000 - record.event_time)

    def take_repeated(self) -> int:
        """Return how many trades came again and were left out since the last call."""
        repeated, self._repeated_trades = self._repeated_trades, 0
        return repeated

    def trades(self, group: TradeGroup, out: list[Signal]) -> None:
        """Count trades; they may explain what the next depth update shows.

        One that was counted before is left out: two ingests may follow the same symbol.
        """
        now, usd, is_new = group.time, self._scope.usd, self.trade_ids.is_new
        whole, recent = self.lot.whole, self.recent
        has_book = self.book.valid and not (group.late or group.beside_book)
        bar = None
        for trade in group.trades:
            if not is_new(trade.trade_id, trade.event_time):
                self._repeated_trades += 1
                continue
            units = whole(trade.qty)
            if units is None:
                units = self._admit(trade.qty)
            if bar is None:
                bar = self.flow.open_second(now)
            bar.add(trade, units, group.late, usd)
            if self._pulses is not None:
                self.pulse.traded(now, trade, usd)
            if has_book:
                recent.add(now, trade, units)
            elif group.late and not group.beside_book:
                self._late_trade(now, trade, units, out)

    def _late_trade(self, now: int, trade: Trade, units: int, out: list[Signal]) -> None:
        stated = trade.event_time
        self.trades_unsound(now, stated, stated, out)
        side = Side.ASK if trade.taker is TakerSide.BUY else Side.BID
        if events := self.tracker.trade_late(now, side, trade.price, units, stated):
            self._tell_orders(now, events, out)

    def trades_unsound(self, now: int, since: int, until: int, out: list[Signal]) -> None:
        """Note that trades from `since` to `until` (ms, inclusive) may be missing."""
        self.recent.note_unsound(since, until)
        if events := self.tracker.trades_unsound(now, since, until):
            self._tell_orders(now, events, out)

    def poll(self, element: PollElement, out: list[Signal]) -> None:
        """Take an open-interest poll."""
        self.flow.add_poll(element.poll, self._scope.settings.flow)
        interest = element.poll.open_interest
        out += self.analyst.interest_polled(element.time, interest, self.received_us)

    def trades_away(self, since: int, until: int) -> None:
        """Note that the trade stream stood still."""
        self.flow.gap_from, self.flow.gap_until = since, until

    def silent_until(self, now: int, to: int) -> int:
        """Return the last full second up to `to` (ms) before which no second after `now` has
        anything to do, because the trade stream was away and every bar is closed."""
        flow = self.flow
        if flow.bars or not flow.was_away(now, now + SECOND_MS):
            return now
        end = min(flow.gap_until, to)
        return end - end % SECOND_MS - SECOND_MS

    def second(self, now: int, out: list[Signal]) -> None:
        """Do what is due at the full second `now`, before anything that happens at it."""
        settings, flow = self._scope.settings, self.flow
        self._judge.forget(now)
        self._tell_orders(now, self.tracker.lifecycle.time_passed(now), out)
        for interval in INTERVALS_MS:
            if now % interval == 0:
                bar = flow.close_bar(interval, now, settings.flow)
                if bar is not None and self._is_told(interval, bar):
                    received_us = self.received_us
                    out.append(
                        builders.flow_bar(self._scope, interval, bar, flow, self.lot, received_us)
                    )
                    if interval == QUARTER_MS:
                        out += self.analyst.quarter_closed(now, bar, received_us)
        if flow.was_away(now - SECOND_MS, now):
            return
        if now % MINUTE_MS == 0 and (running := flow.bars.get(QUARTER_MS)) is not None:
            out += self.analyst.quarter_so_far(now, running, self.received_us)
        self._look_at_book(now, out)
        out += self.analyst.read_action(now, self.received_us)
        if self._pulses is not None:
            self._pulses.append(self._end_pulse(now))

    def _is_told(self, interval: int, bar: Bar) -> bool:
        return interval != SECOND_MS or self.told.is_bar_due(bar, self.flow)

    def walls_anew(self, now: int, out: list[Signal]) -> None:
        """Tell the walls that stand once more, under the settings that hold from `now` (ms) on."""
        self._tell_orders(now, self.tracker.walls_anew(now), out)

    def _load(self, snapshot: DepthSnapshot, now: int, out: list[Signal]) -> None:
        self._drop_book(now, ResetReason.START, out)
        self.told.is_moved = True
        try:
            self.book.load(snapshot)
        except ContradictionError as error:
            self._contradicted(error, now, out)
            return
        self.invalid_reason = None
        mid = self.book.mid()
        if mid is not None and not self.threshold.samples:
            self._large.sample(now, mid)
        else:
            self._large.adopt_standing(now)

    def _diff(self, diff: DepthDiff, now: int, out: list[Signal]) -> None:
        book = self.book
        try:
            book.check_sequence(diff)
            bids, asks = self._large.update(diff)
            book.check_touch()
        except SequenceGapError:
            self.gaps += 1
            self._drop_book(now, ResetReason.GAP, out)
            return
        except ContradictionError as error:
            self._contradicted(error, now, out)
            return
        book.applied(diff)
        if diff.bids or diff.asks:
            self.told.is_moved = True
        fits = self.lot.fits
        for change in (*bids, *asks):
            if not fits(change[2]):
                self._admit(change[2])
        edges = diff.bid_edge, diff.ask_edge
        if events := self.tracker.depth_updated(now, bids, asks, edges):
            self._tell_orders(now, events, out)
        if self._on_diff is not None:
            self._on_diff(diff, book)

    def _contradicted(self, error: ContradictionError, now: int, out: list[Signal]) -> None:
        self.contradictions += 1
        self.book.reset()
        self.invalid_reason = f"{CONTRADICTION}: {error}"
        self._tell_orders(now, self.tracker.book_reset(now), out)

    def _drop_book(self, now: int, reason: str, out: list[Signal]) -> None:
        """Go without a book until the next snapshot."""
        if self.book.valid:
            self.book.reset()
            self.invalid_reason = str(reason)
            self._tell_orders(now, self.tracker.book_reset(now), out)

    def _tell_orders(self, now: int, events: list[LargeOrderEvent], out: list[Signal]) -> None:
        for event in events:
            out.append(event)
            if self._pulses is not None:
                self.pulse.stepped(event, self._scope)
            out += self.analyst.order_moved(event, self.received_us)
        if any(event.kind is not OrderEventKind.CHANGED for event in events):
            out += self.analyst.read_action(now, self.received_us)

    def _end_pulse(self, now: int) -> MarketPulse:
        flow, action = self.flow, self.analyst.action
        return self.pulse.end_second(
            self._scope,
            now,
            self.received_us,
            (self.lot.qty(flow.cvd()), flow.cvd_usd()),
            flow.poll.open_interest if flow.poll else None,
            (action.final_action or FinalAction.UNKNOWN, action.buy_score, action.sell_score),
        )

    def _look_at_book(self, now: int, out: list[Signal]) -> None:
        self._check_quantities(now, out)
        mid, lifecycle = self.book.mid(), self.tracker.lifecycle
        if mid is not None:
            lifecycle.refresh_impact()
            self._judge.second_passed(now, mid)
            # At once where settings that sample otherwise came into force.
            if self._large.is_sampled(now // SECOND_MS) or not self.threshold.samples:
                self._large.sample(now, mid)
            self.analyst.second_passed(now, mid)
            self._show_second(now)
        if self._with_book:
            self._tell_book(now, out)

    def _tell_book(self, now: int, out: list[Signal]) -> None:
        lifecycle = self.tracker.lifecycle
        flickers = lifecycle.take_flickers()
        second = BookSecond(
            (len(self.book.bids), len(self.book.asks)),
            len(lifecycle.open_orders()),
            self.threshold.value_usd,
            self.invalid_reason,
            self._scope.quote_usd,
        )
        if self.told.is_book_due(now, second, flickers):
            received_us = self.received_us
            out.append(
                builders.book_metrics(self._scope, now, self.book, second, flickers, received_us)
            )

    def _show_second(self, now: int) -> None:
        if self._on_second is None:
            return
        moment = MarketMoment.of(now, self.book, self.sigma_bps, self.recent)
        if moment is not None:
            self._on_second(self._scope, moment, self.tracker.lifecycle.open_orders())

    def _check_quantities(self, now: int, out: list[Signal]) -> None:
        # Looked at once a second, before the book is shown: in every update it would cost too much.
        try:
            self.book.check_quantities()
        except ContradictionError as error:
            self._contradicted(error, now, out)

    def _admit(self, qty: float) -> int:
        """Return a quantity (base) in units of the lot, which is refined if it is too coarse."""
        units = self.lot.whole(qty)
        if units is None:
            factor = self.lot.refine(qty)
            self.flow.rescale(factor)
            self.recent.rescale(factor)
            self.tracker.rescale(factor)
            units = self.lot.units(qty)
        return units
