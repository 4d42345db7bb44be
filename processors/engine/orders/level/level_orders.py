"""The orders of a level through each of its changes: the one that stands there, and what was put on
top of it."""

from typing import Final

import msgspec

from processors.engine.book.book import OrderBook
from processors.engine.book.lot import Lot
from processors.engine.book.sides.change import LevelChange
from processors.engine.orders.level.child import child_lots, share_out
from processors.engine.orders.level.frame import Frame
from processors.engine.orders.level.split import Split
from processors.engine.orders.levels import TrackedLevels
from processors.engine.orders.lifecycle import OrderLifecycle
from processors.engine.orders.order import TrackedOrder
from processors.engine.orders.order_event import order_id
from processors.engine.orders.reporter import OrderReporter, TrackerState
from processors.engine.orders.sequels import Sequels
from processors.engine.orders.threshold import RollingThreshold
from processors.engine.orders.view import View
from processors.engine.plain_sum import plain_sum
from processors.engine.retention import cancels_ms
from processors.engine.scope import Scope
from schemas.signals import LargeOrderEvent, Side

MOST_ON_ONE_LEVEL: Final = 4
"""Orders on top of each other that are told apart."""


class LevelOrders:
    """Begins, changes and ends the orders of one level, and returns the events of that."""

    def __init__(
        self,
        scope: Scope,
        book: OrderBook,
        lot: Lot,
        threshold: RollingThreshold,
        reporter: OrderReporter,
        levels: TrackedLevels,
        view: View,
        sequels: Sequels,
        lifecycle: OrderLifecycle,
        state: TrackerState,
    ) -> None:
        self._scope, self._settings, self._book = scope, scope.settings, book
        self._cancels_ms = cancels_ms(scope.settings)
        self._lot, self._threshold, self._reporter = lot, threshold, reporter
        self._levels, self._view, self._sequels = levels, view, sequels
        self._lifecycle, self._state = lifecycle, state

    def follow(self, side: Side, price: float, qty: float, now: int, *, birth_known: bool) -> None:
        """Follow a level of `qty` (base) as a new order from `now` (ms) on."""
        units = self._lot.units(qty)
        order = TrackedOrder(
            side=side,
            price=price,
            first_seen=now,
            birth_known=birth_known,
            threshold_usd=self._threshold.at_price(side, price, self._book.mid()),
            lots_per_base=self._lot.scale,
            initial=units,
            current=units,
            maximum=units,
            first_update=self._state.updates,
        )
        self._lifecycle.begin(order)
        self._levels.add(order)
        if birth_known:
            self._sequels.born(order, now)

    def changed(
        self, order: TrackedOrder, change: LevelChange, frame: Frame
    ) -> list[LargeOrderEvent]:
        """Take a change of the level of `order`, the one that came there first."""
        price, new = change.price, self._lot.units(change.new_qty)
        is_hidden = self._view.hid(order.side, price)
        if order.child is None and not is_hidden:
            return self._alone_changed(order, new, frame)
        family = list(order.family())
        lost = max(plain_sum(one.current for one in family) - new, 0)
        taken = frame.tape.claim(price, lost, frame.settled)
        if is_hidden:
            # It changed while nobody could see how.
            return self._share(family, new, taken, msgspec.structs.replace(frame, sound=False))
        lots = self._on_top(family, new, frame.now)
        events = self._share(family, new - lots, taken, frame)
        if lots:
            self._put_on_top(family[-1], lots, frame.now)
        return events

    def took(self, order: TrackedOrder, split: Split, frame: Frame) -> list[LargeOrderEvent]:
        """Tell what a change that `order` has taken up leads to: its end, or that it goes on."""
        lifecycle, now = self._settings.lifecycle, frame.now
        reason = order.exit_reason(split, self._settings.threshold.exit_fraction)
        if reason is not None:
            for price in order.prices():
                order.hide(frame.tape.claim_all(price), lifecycle)
            return self._lifecycle.end(order, now, reason)
        self._lifecycle.went_on(order)
        return [self._reporter.changed(order, now)] if order.opened else []

    def _alone_changed(self, order: TrackedOrder, new: int, frame: Frame) -> list[LargeOrderEvent]:
        """Follow a change to `new` lots of a level that is one order, as nearly all are: nothing is
        shared out."""
        shown = order.current
        taken = frame.tape.claim(order.price, max(shown - new, 0), frame.settled)
        if not order.opened:
            return self._change(order, new, taken, frame)
        lots = self._on_top([order], new, frame.now) if new > shown else 0
        own = new - lots
        events = self._change(order, own, taken, frame) if own != shown or taken else []
        if lots:
            self._put_on_top(order, lots, frame.now)
        return events

    def _on_top(self, family: list[TrackedOrder], new: int, now: int) -> int:
        """Return how many lots of a level that shows `new` were put on top of its orders."""
        order = family[-1]
        if not order.opened or len(family) >= MOST_ON_ONE_LEVEL:
            return 0
        shown = plain_sum(one.current for one in family)
        fresh = now - order.last_traded <= self._settings.lifecycle.refill_ms
        refilling = shown - order.current + order.dip_from if fresh and order.dip_from else 0
        least_usd = self._threshold.at_price(order.side, order.price, self._book.mid())
        return child_lots(shown, new, refilling, least_usd / order.price * order.lots_per_base)

    def _put_on_top(self, below: TrackedOrder, lots: int, now: int) -> None:
        child = TrackedOrder(
            side=below.side,
            price=below.price,
            first_seen=now,
            birth_known=True,
            threshold_usd=self._threshold.at_price(below.side, below.price, self._book.mid()),
            lots_per_base=below.lots_per_base,
            initial=lots,
            current=lots,
            maximum=lots,
            first_update=self._state.updates,
            parent_id=order_id(self._scope, below),
        )
        self._lifecycle.begin(child)
        below.child = child
        self._sequels.born(child, now)

    def _share(
        self, family: list[TrackedOrder], new: int, taken: int, frame: Frame
    ) -> list[LargeOrderEvent]:
        """Let the orders of a level, the newest first, have their shares of its change."""
        shares = share_out([order.current for order in family], new, taken)
        events: list[LargeOrderEvent] = []
        for order, share in reversed(list(zip(family, shares, strict=True))):
            if share.new != order.current or share.taken:
                events += self._change(order, share.new, share.taken, frame)
        return events

    def _change(
        self, order: TrackedOrder, new: int, taken: int, frame: Frame
    ) -> list[LargeOrderEvent]:
        before = order.current
        split = order.take(
            new,
            taken,
            frame.now,
            self._settings.lifecycle,
            since=frame.since,
            kept_ms=self._cancels_ms,
            sound=frame.sound,
        )
        return self.took(order, split, frame) if new != before else []
