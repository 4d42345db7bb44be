"""The market engine: one symbol's raw records in, its signals out. Pure and deterministic.

No clock, no I/O, no randomness: time is the records' event time, ids are derived from content, and
the order in which streams are read does not matter (see `merge`).
"""

from collections.abc import Callable

import numpy as np

from processors.engine import builders
from processors.engine.action_state import ActionState
from processors.engine.alerts import AlertState
from processors.engine.analyst import Analyst
from processors.engine.book import OrderBook, SequenceGapError
from processors.engine.book_metrics import SideArrays
from processors.engine.flow import INTERVALS_MS, QUARTER_MS, SECOND_MS, Flow
from processors.engine.merge import (
    DepthElement,
    Element,
    MarketRecord,
    Merge,
    PackEnd,
    PollElement,
    TradeElement,
    TradeGap,
)
from processors.engine.recent_flow import RecentFlow
from processors.engine.scope import Scope
from processors.engine.smart_money import QuarterHistory
from processors.engine.state import (
    STATE_VERSION,
    BookState,
    EngineState,
    SettingsState,
    decode,
    encode,
)
from processors.engine.threshold import RollingThreshold
from processors.engine.tracker import OrderTracker, TrackerState
from schemas.market import BookReset, DepthDiff, DepthSnapshot
from schemas.settings import EngineSettings
from schemas.signals import LargeOrderEvent, OrderEventKind, Side, Signal

DiffObserver = Callable[[DepthDiff, OrderBook], None]


class MarketEngine:
    """Everything wallwatch knows of one symbol."""

    def __init__(
        self,
        venue: str,
        symbol: str,
        settings: EngineSettings,
        on_diff: DiffObserver | None = None,
    ) -> None:
        self._scope = Scope(venue, symbol, settings)
        self._on_diff = on_diff
        self._merge = Merge(settings.flow.max_gap_ms)
        self._settings_state = SettingsState()
        self._clock = 0
        self._gaps = 0
        self._assemble(None)

    @classmethod
    def load(
        cls, state: bytes, settings: EngineSettings, on_diff: DiffObserver | None = None
    ) -> "MarketEngine":
        """Return an engine that goes on where `dump` was called. Raises StateError."""
        decoded = decode(state)
        changed = decoded.settings.in_force
        in_force = EngineSettings.model_validate_json(changed) if changed else settings
        engine = cls(decoded.venue, decoded.symbol, in_force, on_diff)
        engine._merge = Merge(in_force.flow.max_gap_ms, decoded.position)
        engine._settings_state = decoded.settings
        engine._clock = decoded.clock
        engine._gaps = decoded.gaps
        engine._assemble(decoded)
        return engine

    def dump(self) -> bytes:
        """Return the state, without the records that still wait in the merge."""
        return encode(self._state())

    def change_settings(self, settings: EngineSettings, effective_from: int) -> None:
        """Go on with other settings from the first full second at or after `effective_from` (ms of
        event time). What is tracked stays; a later call replaces changes still to come."""
        state = self._settings_state
        state.due = [change for change in state.due if change[0] < effective_from]
        state.due.append((effective_from, settings.model_dump_json()))

    def apply(self, record: MarketRecord, offset: int) -> list[Signal]:
        """Take one record of its topic; return the signals of all that it released, in order."""
        self._merge.push(record, offset)
        out: list[Signal] = []
        for element in self._merge.release():
            if element.time - self._clock >= SECOND_MS:
                self._advance(element.time, out)
            self._handle(element, out)
        self._advance(self._merge.safe_time(), out)
        return out

    def next_offsets(self) -> dict[str, int]:
        """Return, by topic, the offset of the first record that was not wholly applied."""
        return self._merge.next_offsets()

    def pending(self) -> dict[str, int]:
        """Return, by topic, how many records wait for another stream."""
        return self._merge.pending()

    @property
    def gaps(self) -> int:
        """Sequence gaps that ingest should have caught."""
        return self._gaps

    def _state(self) -> EngineState:
        return EngineState(
            STATE_VERSION,
            self._scope.venue,
            self._scope.symbol,
            self._merge.position,
            self._clock,
            self._received_us,
            BookState.of(self._book),
            self._threshold.samples,
            self._tracker.save(),
            self._flow,
            self._recent,
            self._analyst.action,
            self._analyst.alerts,
            self._analyst.quarters,
            self._gaps,
            self._settings_state,
        )

    def _assemble(self, state: EngineState | None) -> None:
        """Put the parts together by the rules in force, around what `state` remembers."""
        settings = self._scope.settings
        self._book = OrderBook(max(settings.lifecycle.impact_levels, settings.book.obi_levels))
        if state is not None:
            state.book.restore(self._book)
        self._threshold = RollingThreshold(settings.threshold, state.samples if state else None)
        self._flow = state.flow if state else Flow()
        self._recent = state.recent if state else RecentFlow()
        self._tracker = OrderTracker(
            self._scope, self._book, self._recent, state.tracker if state else TrackerState()
        )
        self._tracker.threshold_usd = self._threshold.value_usd
        readings = (ActionState(), AlertState(), QuarterHistory())
        self._analyst = Analyst(
            self._scope,
            self._book,
            self._flow,
            self._recent,
            self._tracker,
            (state.action, state.alerts, state.quarters) if state else readings,
        )
        self._received_us = self._tracker.received_us = state.received_us if state else 0

    def _take_up_settings(self, now: int) -> None:
        due = self._settings_state.due
        while due and due[0][0] <= now:
            _, changed = due.pop(0)
            if changed == self._scope.settings.model_dump_json():
                continue
            state = self._state()
            self._settings_state.in_force = changed
            settings = EngineSettings.model_validate_json(changed)
            self._scope = Scope(self._scope.venue, self._scope.symbol, settings)
            self._assemble(state)

    def _handle(self, element: Element, out: list[Signal]) -> None:
        match element:
            case DepthElement():
                self._received_us = self._tracker.received_us = element.record.received_us
                self._apply_depth(element, out)
            case TradeElement():
                self._received_us = self._tracker.received_us = element.received_us
                self._flow.add_trade(element.time, element.trade, element.late)
                if self._book.valid and not element.late:
                    self._recent.add(element.time, element.trade)
            case PollElement():
                self._flow.add_poll(element.poll, self._scope.settings.flow)
                interest = element.poll.open_interest
                out += self._analyst.interest_polled(element.time, interest, self._received_us)
            case TradeGap():
                self._flow.gap_from, self._flow.gap_until = element.time, element.until
            case PackEnd():
                pass

    def _apply_depth(self, element: DepthElement, out: list[Signal]) -> None:
        record, now = element.record, element.time
        match record:
            case DepthDiff() if self._book.valid:
                try:
                    self._book.check_sequence(record)
                except SequenceGapError:
                    self._gaps += 1
                    self._drop_book(now, out)
                else:
                    self._apply_diff(record, now, out)
            case DepthSnapshot():
                self._drop_book(now, out)
                self._book.load(record)
                self._adopt_standing(now)
            case BookReset():
                self._drop_book(now, out)
            case _:
                pass

    def _apply_diff(self, diff: DepthDiff, now: int, out: list[Signal]) -> None:
        book, tracker = self._book, self._tracker
        threshold = tracker.threshold_usd
        bids = book.bids.update(diff.bids, tracker.watched(Side.BID), threshold)
        asks = book.asks.update(diff.asks, tracker.watched(Side.ASK), threshold)
        book.last_update_id = diff.last_update_id
        self._emit_orders(now, tracker.depth_updated(now, bids, asks), out)
        if self._on_diff is not None:
            self._on_diff(diff, book)

    def _drop_book(self, now: int, out: list[Signal]) -> None:
        if self._book.valid:
            self._book.reset()
            self._emit_orders(now, self._tracker.book_reset(now), out)

    def _emit_orders(self, now: int, events: list[LargeOrderEvent], out: list[Signal]) -> None:
        for event in events:
            out.append(event)
            out += self._analyst.order_moved(event, self._received_us)
        if any(event.kind is not OrderEventKind.CHANGED for event in events):
            out += self._analyst.read_action(now, self._received_us)

    def _advance(self, to: int, out: list[Signal]) -> None:
        """Do what is due at every full second up to `to`, before anything that happens at it."""
        if self._clock == 0:
            self._clock = to - to % SECOND_MS
        while to - self._clock >= SECOND_MS:
            self._clock += SECOND_MS
            if self._settings_state.due:
                self._take_up_settings(self._clock)
            self._second(self._clock, out)

    def _second(self, now: int, out: list[Signal]) -> None:
        settings, flow = self._scope.settings, self._flow
        self._emit_orders(now, self._tracker.second_passed(now), out)
        for interval in INTERVALS_MS:
            if now % interval == 0:
                bar = flow.close_bar(interval, now, settings.flow)
                if bar is not None:
                    received_us = self._received_us
                    out.append(builders.flow_bar(self._scope, interval, bar, flow, received_us))
                    if interval == QUARTER_MS:
                        out += self._analyst.quarter_closed(now, bar, received_us)
        if flow.was_away(now - SECOND_MS, now):
            return
        self._look_at_book(now, out)
        out += self._analyst.read_action(now, self._received_us)

    def _look_at_book(self, now: int, out: list[Signal]) -> None:
        mid = self._book.mid()
        sides = None
        if mid is not None:
            sides = SideArrays.of(self._book.bids, mid), SideArrays.of(self._book.asks, mid)
            self._tracker.refresh_impact()
            if now % (self._scope.settings.threshold.sample_s * SECOND_MS) == 0:
                self._sample(now, mid, sides)
            self._analyst.second_passed(now, mid)
        metrics = builders.book_metrics(
            self._scope,
            now,
            self._book,
            sides,
            len(self._tracker.open_orders()),
            self._threshold.value_usd,
            self._tracker.take_flickers(),
            self._received_us,
        )
        out.append(metrics)

    def _sample(self, now: int, mid: float, sides: tuple[SideArrays, SideArrays]) -> None:
        """Renew the threshold; forget levels far from mid; follow what now counts as large."""
        band = mid * self._scope.settings.threshold.band_pct / 100
        notionals = np.concatenate([side.usd_within(band) for side in sides])
        self._threshold.sample(now, notionals)
        self._tracker.threshold_usd = self._threshold.value_usd
        keep = mid * self._scope.settings.book.state_band_pct / 100
        self._book.bids.discard_beyond(mid - keep)
        self._book.asks.discard_beyond(mid + keep)
        self._adopt_standing(now)

    def _adopt_standing(self, now: int) -> None:
        threshold = self._tracker.threshold_usd
        standing = [
            (side, price, qty)
            for side in (Side.BID, Side.ASK)
            for price, qty in self._book.side(side).at_least(threshold)
        ]
        self._tracker.adopt(now, standing)
