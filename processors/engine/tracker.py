"""Follows every large order of one symbol from its first update to its close."""

from collections.abc import Iterable

import msgspec

from processors.engine.book import OrderBook
from processors.engine.book_side import LevelChange
from processors.engine.classify import Verdict
from processors.engine.judge import JudgeState, OrderJudge
from processors.engine.order import NEVER_MS, TrackedOrder
from processors.engine.order_event import Closing, order_event
from processors.engine.quantity import to_units
from processors.engine.recent_flow import RecentFlow
from processors.engine.scope import Scope
from schemas.signals import CloseReason, LargeOrderEvent, OrderEventKind, Side


class TrackerState(msgspec.Struct):
    """Everything that has to survive a restart."""

    orders: list[TrackedOrder] = []
    judge: JudgeState = msgspec.field(default_factory=JudgeState)
    updates: int = 0
    """Depth updates applied so far."""
    last_update_time: int = 0
    low_mid: float = 0.0
    high_mid: float = 0.0
    """Range of mid since the orders' distances were last brought up to date; 0 at the start."""
    flickers: int = 0
    """Since the count was last taken."""
    evicted: int = 0


class OrderTracker:
    """The tracked levels of both sides of one book.

    Every method returns the events it caused, in a fixed order; an order has at most one event an
    update. Orders younger than the minimum lifetime are followed too, but silently.
    """

    def __init__(
        self, scope: Scope, book: OrderBook, flow: RecentFlow, state: TrackerState
    ) -> None:
        self._scope, self._settings = scope, scope.settings
        self._book, self._flow, self._state = book, flow, state
        self.judge = OrderJudge(scope.settings, flow, state.judge)
        self._bids: dict[float, TrackedOrder] = {}
        self._asks: dict[float, TrackedOrder] = {}
        for order in state.orders:
            self._side(order.side)[order.price] = order
        self._next_review = 0
        self.threshold_usd = 0.0
        self.received_us = 0

    def watched(self, side: Side) -> dict[float, TrackedOrder]:
        """Return the followed levels of a side by price."""
        return self._side(side)

    def open_orders(self) -> list[TrackedOrder]:
        """Return the open large orders, bids first, oldest first."""
        return [order for order in self._all() if order.opened]

    def save(self) -> TrackerState:
        """Return the state to be written."""
        self._state.orders = list(self._all())
        return self._state

    def depth_updated(
        self, now: int, bids: list[LevelChange], asks: list[LevelChange]
    ) -> list[LargeOrderEvent]:
        """Follow one applied depth update at `now` ms; the book is already changed."""
        self._state.updates += 1
        self._state.last_update_time = now
        events: list[LargeOrderEvent] = []
        if (mid := self._book.mid()) is not None:
            self._state.low_mid = min(self._state.low_mid or mid, mid)
            self._state.high_mid = max(self._state.high_mid, mid)
        depth = self._depth_usd() if bids or asks else (0.0, 0.0)
        for side, changes in ((Side.BID, bids), (Side.ASK, asks)):
            taken, orders = self._flow.taken(side), self._side(side)
            for change in changes:
                followed = orders.get(change.price)
                units = taken.pop(change.price, 0)
                if followed is None:
                    known = self._book.covers(side, change.price) or change.old_qty > 0
                    grew = change.old_usd() < self.threshold_usd
                    self._follow(side, change.price, change.new_qty, now, known and grew, depth)
                else:
                    events += self._change(followed, to_units(change.new_qty), units, now, depth)
            for price, units in taken.items():
                # Takers hit a level whose displayed quantity did not move.
                if (hit := orders.get(price)) is not None:
                    hit.hidden += units
        self._flow.next_update()
        return events + self._review(now)

    def second_passed(self, now: int) -> list[LargeOrderEvent]:
        """Do what time alone brings about: openings and the end of consumed orders."""
        self.judge.forget(now)
        return self._review(now)

    def refresh_impact(self) -> None:
        """Weigh every order against the book as it is now."""
        depth = self._depth_usd()
        for order in self._all():
            order.weigh(sum(depth), depth[order.side is Side.ASK])

    def adopt(self, now: int, levels: Iterable[tuple[Side, float, float]]) -> None:
        """Follow levels (side, price, base quantity) that already stand: their birth is unknown."""
        depth = self._depth_usd()
        for side, price, qty in levels:
            if price not in self._side(side):
                self._follow(side, price, qty, now, birth_known=False, depth=depth)

    def book_reset(self, now: int) -> list[LargeOrderEvent]:
        """Close everything: what became of the orders is unknown."""
        events = [self._close(order, now, CloseReason.BOOK_RESET) for order in self.open_orders()]
        self._bids.clear()
        self._asks.clear()
        self._state.judge.pulled.clear()
        self._state.low_mid = self._state.high_mid = 0.0
        self._flow.next_update()
        return events

    def take_flickers(self) -> int:
        """Return the number of flickering levels since the last call."""
        count, self._state.flickers = self._state.flickers, 0
        return count

    def _side(self, side: Side) -> dict[float, TrackedOrder]:
        return self._bids if side is Side.BID else self._asks

    def _depth_usd(self) -> tuple[float, float]:
        levels = self._settings.lifecycle.impact_levels
        return self._book.bids.top_usd(levels), self._book.asks.top_usd(levels)

    def _all(self) -> tuple[TrackedOrder, ...]:
        return (*self._bids.values(), *self._asks.values())

    def _note_distance(self, order: TrackedOrder) -> None:
        """Bring one order's distance up to date with the range that mid went through."""
        if (mid := self._book.mid()) is not None:
            low, high = min(self._state.low_mid or mid, mid), max(self._state.high_mid, mid)
            order.move_mid(mid, low, high)

    def _follow(
        self,
        side: Side,
        price: float,
        qty: float,
        now: int,
        birth_known: bool,
        depth: tuple[float, float],
    ) -> None:
        units = to_units(qty)
        order = TrackedOrder(
            side=side,
            price=price,
            first_seen=now,
            birth_known=birth_known,
            threshold_usd=self.threshold_usd,
            initial=units,
            current=units,
            maximum=units,
            first_update=self._state.updates,
        )
        order.weigh(sum(depth), depth[side is Side.ASK])
        if (mid := self._book.mid()) is not None:
            # What mid went through before its birth must not count for the new order.
            for other in self._all():
                self._note_distance(other)
            self._state.low_mid = self._state.high_mid = mid
            order.place(mid)
        self._side(side)[price] = order
        self._next_review = min(self._next_review, order.next_due(self._settings.lifecycle))

    def _change(
        self, order: TrackedOrder, new: int, taken: int, now: int, depth: tuple[float, float]
    ) -> list[LargeOrderEvent]:
        lifecycle = self._settings.lifecycle
        before = order.current
        split = order.take(new, taken, now, lifecycle)
        if new == before:
            return []
        reason = order.exit_reason(split, self._settings.threshold.exit_fraction)
        if reason is not None:
            return self._end(order, now, reason)
        order.weigh(sum(depth), depth[order.side is Side.ASK])
        self._next_review = min(self._next_review, order.next_due(lifecycle))
        return [self._reclassify(order, now, OrderEventKind.CHANGED)] if order.opened else []

    def _end(self, order: TrackedOrder, now: int, reason: CloseReason) -> list[LargeOrderEvent]:
        """Drop an order; it is closed as a large one if it lived long enough to be one."""
        del self._side(order.side)[order.price]
        if not order.opened:
            if now - order.first_seen < self._settings.lifecycle.min_lifetime_ms:
                self._state.flickers += 1
                return []
            opened = self._open(order, now)
            if not opened:
                return []
            return [*opened, self._close(order, now, reason), *self._layers(now)]
        return [self._close(order, now, reason), *self._layers(now)]

    def _layers(self, now: int) -> list[LargeOrderEvent]:
        """Name the earlier layers once enough orders of a side were pulled at about the time."""
        return [
            self._event(
                pulled.order,
                now,
                OrderEventKind.RECLASSIFIED,
                verdict,
                Closing(pulled.reason, pulled.closed_at, 0.0),
            )
            for pulled, verdict in self.judge.layers(now)
        ]

    def _review(self, now: int) -> list[LargeOrderEvent]:
        """Look at every order for what the passing of time brings about, once that is due."""
        if now < self._next_review:
            return []
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
                events.append(self._reclassify(order, now, OrderEventKind.PERSISTENT))
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
            events.append(self._close(smallest, now, CloseReason.EVICTED))
        order.opened = True
        verdict = self.judge.standing(order, now)
        events.append(self._event(order, now, OrderEventKind.OPENED, verdict))
        return events

    def _reclassify(self, order: TrackedOrder, now: int, kind: OrderEventKind) -> LargeOrderEvent:
        before = order.classification
        verdict = self.judge.standing(order, now)
        if kind is OrderEventKind.CHANGED and order.classification is not before:
            kind = OrderEventKind.RECLASSIFIED
        return self._event(order, now, kind, verdict)

    def _close(self, order: TrackedOrder, now: int, reason: CloseReason) -> LargeOrderEvent:
        self._note_distance(order)
        ruling = self.judge.closing(order, now, reason)
        closing = Closing(reason, now, ruling.spoof_score)
        return self._event(order, now, OrderEventKind.CLOSED, ruling.verdict, closing)

    def _event(
        self,
        order: TrackedOrder,
        now: int,
        kind: OrderEventKind,
        verdict: Verdict,
        closing: Closing | None = None,
    ) -> LargeOrderEvent:
        if closing is None:
            self._note_distance(order)
        event = order_event(
            self._scope,
            order,
            kind,
            now,
            self._state.updates,
            self._state.last_update_time,
            verdict.evidence,
            closing,
            self.received_us,
        )
        order.sequence += 1
        return event
