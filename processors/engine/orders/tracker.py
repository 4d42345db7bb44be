"""Follows every large order of one symbol from its first update to its close."""

from collections.abc import Iterable
from typing import NamedTuple

from processors.engine.book.book import OrderBook
from processors.engine.book.book_side import LevelChange
from processors.engine.book.lot import Lot
from processors.engine.orders.order import NEVER_MS, TrackedOrder
from processors.engine.orders.reporter import OrderReporter, TrackerState
from processors.engine.orders.threshold import BPS, RollingThreshold
from processors.engine.readings.recent_flow import RecentFlow
from processors.engine.readings.tape import Tape
from processors.engine.scope import Scope
from schemas.signals import CloseReason, LargeOrderEvent, Side


class Frame(NamedTuple):
    """What one depth update is judged by, for one side."""

    since: int
    """Time of the update before, ms: what changed, changed after it."""
    now: int
    settled: int
    """No later decrease can be explained by trades up to this time, ms."""
    sound: bool
    """All trades that can explain the update are known."""
    tape: Tape


class OrderTracker:
    """The tracked levels of both sides of one book.

    Every method returns the events it caused, in a fixed order; an order has at most one event an
    update. Orders younger than the minimum lifetime are followed too, but silently.
    """

    def __init__(
        self,
        scope: Scope,
        book: OrderBook,
        lot: Lot,
        flow: RecentFlow,
        threshold: RollingThreshold,
        reporter: OrderReporter,
        state: TrackerState,
    ) -> None:
        self._settings, self._book, self._flow, self._state = scope.settings, book, flow, state
        self._lot, self._threshold, self._reporter = lot, threshold, reporter
        self.bids: dict[float, TrackedOrder] = {}
        self.asks: dict[float, TrackedOrder] = {}
        """The followed levels of a side by price."""
        for order in state.orders:
            self._side(order.side)[order.price] = order
        self._next_review = 0
        self._alignment_ms = scope.alignment_ms
        self._depth: tuple[float, float] | None = None
        """Notional of the top levels of both sides, USD; None until somebody asks."""

    def threshold_at(self, side: Side, price: float) -> float:
        """Return from which notional (USD) a level at `price` is a large order."""
        mid = self._book.mid()
        distance_bps = abs(price - mid) / mid * BPS if mid is not None else 0.0
        return self._threshold.at(side, distance_bps)

    def open_orders(self) -> list[TrackedOrder]:
        """Return the open large orders, bids first, oldest first."""
        return [order for order in self._all() if order.opened]

    def state(self) -> TrackerState:
        """Return what has to survive a restart."""
        self._state.orders = list(self._all())
        return self._state

    def depth_updated(
        self, now: int, bids: list[LevelChange], asks: list[LevelChange]
    ) -> list[LargeOrderEvent]:
        """Follow one applied depth update at `now` ms; the book is already changed."""
        state, flow = self._state, self._flow
        state.updates += 1
        since, state.last_update_time = state.last_update_time, now
        settled = now - self._alignment_ms
        sound = not flow.unsound or flow.is_sound(
            since + 1 - self._alignment_ms, now + self._alignment_ms
        )
        mid = self._book.mid()
        if mid is not None and not state.low_mid <= mid <= state.high_mid:
            state.low_mid = min(state.low_mid or mid, mid)
            state.high_mid = max(state.high_mid, mid)
        events: list[LargeOrderEvent] = []
        self._depth = None
        for side, changes, tape in (
            (Side.BID, bids, flow.from_bids),
            (Side.ASK, asks, flow.from_asks),
        ):
            frame = Frame(since, now, settled, sound, tape)
            for change in changes:
                events += self._level_changed(side, change, frame)
            if tape.by_price:
                self._note_hidden(self._side(side), tape.expire(settled))
        if flow.unsound:
            flow.forget_unsound(settled - self._settings.lifecycle.revision_ms)
        if now >= self._next_review:
            events += self._review(now)
        return events

    def second_passed(self, now: int) -> list[LargeOrderEvent]:
        """Do what time alone brings about: openings and the end of consumed orders."""
        return self._review(now) if now >= self._next_review else []

    def refresh_impact(self) -> None:
        """Weigh every order against the book as it is now."""
        self._depth = None
        depth = self._depth_usd()
        for order in self._all():
            order.weigh(sum(depth), depth[order.side is Side.ASK])

    def adopt(self, now: int, levels: Iterable[tuple[Side, float, float]]) -> None:
        """Follow levels (side, price, base quantity) that already stand: their birth is unknown."""
        unknown = [level for level in levels if level[1] not in self._side(level[0])]
        if unknown:
            self._depth = None
            depth = self._depth_usd()
            for side, price, qty in unknown:
                self._follow(side, price, qty, now, birth_known=False, depth=depth)

    def trades_unsound(self, now: int, since: int, until: int) -> list[LargeOrderEvent]:
        """Take back what was concluded from trades of a time in which some were missing, from
        `since` to `until` (ms, inclusive)."""
        first, last = since - self._alignment_ms, until + self._alignment_ms
        for order in self._all():
            order.doubt(first, last)
        return self._reporter.doubted(now, first, last)

    def book_reset(self, now: int) -> list[LargeOrderEvent]:
        """Close everything: what became of the orders is unknown."""
        events = [
            self._reporter.closed(order, now, CloseReason.BOOK_RESET)
            for order in self.open_orders()
        ]
        self.bids.clear()
        self.asks.clear()
        self._state.judge.pulled.clear()
        self._state.low_mid = self._state.high_mid = 0.0
        self._flow.forget_tape()
        return events

    def rescale(self, factor: int) -> None:
        """Go over to a lot that is finer by `factor`."""
        for order in self._all():
            order.rescale(factor)
        for pulled in self._state.judge.remembered():
            pulled.order.rescale(factor)

    def take_flickers(self) -> int:
        """Return the number of flickering levels since the last call."""
        count, self._state.flickers = self._state.flickers, 0
        return count

    def _side(self, side: Side) -> dict[float, TrackedOrder]:
        return self.bids if side is Side.BID else self.asks

    def _depth_usd(self) -> tuple[float, float]:
        if self._depth is None:
            levels = self._settings.lifecycle.impact_levels
            self._depth = self._book.bids.top_usd(levels), self._book.asks.top_usd(levels)
        return self._depth

    def _all(self) -> tuple[TrackedOrder, ...]:
        return (*self.bids.values(), *self.asks.values())

    def _level_changed(
        self,
        side: Side,
        change: LevelChange,
        frame: Frame,
    ) -> list[LargeOrderEvent]:
        price, old_qty, new_qty, _ = change
        order = self._side(side).get(price)
        if order is not None:
            return self._change(order, self._lot.units(new_qty), frame)
        frame.tape.claim(price, 0, frame.settled)
        threshold_usd = self.threshold_at(side, price)
        if price * new_qty < threshold_usd:
            return []
        known = self._book.covers(side, price) or old_qty > 0 or change.was_empty
        grew = change.old_usd() < threshold_usd
        self._follow(side, price, new_qty, frame.now, known and grew, self._depth_usd())
        return []

    def _note_hidden(self, orders: dict[float, TrackedOrder], taken: dict[float, int]) -> None:
        """Note what takers took of levels whose displayed quantity did not move."""
        for price, units in taken.items():
            if (order := orders.get(price)) is not None:
                order.hide(units, self._settings.lifecycle)

    def _follow(
        self,
        side: Side,
        price: float,
        qty: float,
        now: int,
        birth_known: bool,
        depth: tuple[float, float],
    ) -> None:
        units = self._lot.units(qty)
        order = TrackedOrder(
            side=side,
            price=price,
            first_seen=now,
            birth_known=birth_known,
            threshold_usd=self.threshold_at(side, price),
            lots_per_base=self._lot.scale,
            initial=units,
            current=units,
            maximum=units,
            first_update=self._state.updates,
        )
        order.weigh(sum(depth), depth[side is Side.ASK])
        if (mid := self._book.mid()) is not None:
            # What mid went through before its birth must not count for the new order.
            for other in self._all():
                self._reporter.note_distance(other)
            self._state.low_mid = self._state.high_mid = mid
            order.place(mid)
        self._side(side)[price] = order
        self._next_review = min(self._next_review, order.next_due(self._settings.lifecycle))

    def _change(self, order: TrackedOrder, new: int, frame: Frame) -> list[LargeOrderEvent]:
        lifecycle, now = self._settings.lifecycle, frame.now
        before = order.current
        taken = frame.tape.claim(order.price, max(before - new, 0), frame.settled)
        split = order.take(new, taken, now, lifecycle, since=frame.since, sound=frame.sound)
        if new == before:
            return []
        reason = order.exit_reason(split, self._settings.threshold.exit_fraction)
        if reason is not None:
            order.hide(frame.tape.claim_all(order.price), lifecycle)
            return self._end(order, now, reason)
        depth = self._depth_usd()
        order.weigh(sum(depth), depth[order.side is Side.ASK])
        self._next_review = min(self._next_review, order.next_due(lifecycle))
        return [self._reporter.changed(order, now)] if order.opened else []

    def _end(self, order: TrackedOrder, now: int, reason: CloseReason) -> list[LargeOrderEvent]:
        """Drop an order; it is closed as a large one if it lived long enough to be one."""
        del self._side(order.side)[order.price]
        opened: list[LargeOrderEvent] = []
        if not order.opened:
            if now - order.first_seen < self._settings.lifecycle.min_lifetime_ms:
                self._state.flickers += 1
                return []
            opened = self._open(order, now)
            if not opened:
                return []
        return [
            *opened,
            self._reporter.closed(order, now, reason),
            *self._reporter.layers(now),
        ]

    def _review(self, now: int) -> list[LargeOrderEvent]:
        """Look at every order for what the passing of time brings about."""
        lifecycle = self._settings.lifecycle
        self._next_review = NEVER_MS
        events: list[LargeOrderEvent] = []
        for order in self._all():
            if self._side(order.side).get(order.price) is not order:
                continue  # gave way to another one a moment ago
            age = now - order.first_seen
            if (reason := order.timeout_reason(now, lifecycle)) is not None:
                events += self._end(order, now, reason)
            elif not order.opened:
                if age >= lifecycle.min_lifetime_ms:
                    events += self._open(order, now)
            elif (
                not order.persistent
                and age >= lifecycle.persistent_ms
                and order.observations(self._state.updates) >= lifecycle.persistent_observations
            ):
                order.persistent = True
                events.append(self._reporter.persisted(order, now))
            self._next_review = min(self._next_review, order.next_due(lifecycle))
        return events

    def _open(self, order: TrackedOrder, now: int) -> list[LargeOrderEvent]:
        """Open an order that outlived the flicker limit; the smallest gives way when full."""
        events: list[LargeOrderEvent] = []
        others = self.open_orders()
        if len(others) >= self._settings.lifecycle.max_tracked:
            self._state.evicted += 1
            smallest = min(others, key=lambda other: (other.value_usd, other.price))
            if smallest.value_usd >= order.value_usd:
                self._side(order.side).pop(order.price, None)
                return []
            del self._side(smallest.side)[smallest.price]
            events.append(self._reporter.closed(smallest, now, CloseReason.EVICTED))
        order.opened = True
        events.append(self._reporter.opened(order, now))
        return events
