"""Follows every large order of one symbol from its first update to its close."""

from collections.abc import Iterable

from processors.engine.book.book import OrderBook
from processors.engine.book.lot import Lot
from processors.engine.book.sides.change import LevelChange
from processors.engine.orders.cluster_watch import ClusterWatch
from processors.engine.orders.level.frame import Frame
from processors.engine.orders.level.level_orders import LevelOrders
from processors.engine.orders.level.split import Split, split_change
from processors.engine.orders.levels import TrackedLevels
from processors.engine.orders.lifecycle import OrderLifecycle
from processors.engine.orders.order import TrackedOrder
from processors.engine.orders.reporter import OrderReporter, TrackerState
from processors.engine.orders.sequels import Sequels
from processors.engine.orders.threshold import RollingThreshold, distance_bps
from processors.engine.orders.view import WHOLE, Edges, View
from processors.engine.plain_sum import plain_sum
from processors.engine.readings.recent_flow import RecentFlow
from processors.engine.retention import cancels_ms
from processors.engine.scope import Scope
from schemas.signals import DEFENSIVE, CloseReason, LargeOrderEvent, Side


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
        self._scope, self._settings = scope, scope.settings
        self._book, self._flow, self._state = book, flow, state
        self._lot, self._threshold, self._reporter = lot, threshold, reporter
        self.levels = TrackedLevels(state.orders)
        self._view = View(state, self.levels)
        self._sequels = Sequels(scope, state.judge.chains)
        self._clusters = ClusterWatch(scope, book, lot, state.clusters, state.judge.around)
        self._alignment_ms, self._cancels_ms = scope.alignment_ms, cancels_ms(scope.settings)
        # No part of a threshold below this share of it means anything.
        self._least_share = min(
            self._settings.cluster.piece_share, 1 - self._settings.chain.two_sided_tolerance
        )
        self.lifecycle = OrderLifecycle(
            scope, book, reporter, self.levels, self._sequels, self._clusters, state
        )
        self._orders = LevelOrders(
            scope,
            book,
            lot,
            threshold,
            reporter,
            self.levels,
            self._view,
            self._sequels,
            self.lifecycle,
            state,
        )

    def state(self) -> TrackerState:
        """Return what has to survive a restart."""
        self._state.orders = self.levels.heads()
        return self._state

    def depth_updated(
        self,
        now: int,
        bids: list[LevelChange],
        asks: list[LevelChange],
        edges: Edges = WHOLE,
    ) -> list[LargeOrderEvent]:
        """Follow one applied depth update at `now` ms; the book is already changed. `edges`: how
        far the venue shows it."""
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
        self.lifecycle.book_changed()
        for side, changes, tape in (
            (Side.BID, bids, flow.from_bids),
            (Side.ASK, asks, flow.from_asks),
        ):
            if changes or tape.by_price:
                events += self._side_updated(
                    side, changes, Frame(since, now, settled, sound, tape, mid)
                )
        back, lost = self._view.moved(edges, now)
        for order in back:
            self.lifecycle.came_back(order)
        for order in lost:
            events += self.lifecycle.end(order, now, CloseReason.LOST_VIEW)
        if flow.unsound:
            flow.forget_unsound(settled - self._settings.lifecycle.revision_ms)
        if self._sequels.waiting:
            self.lifecycle.place_in_chains(now)
        return events + self.lifecycle.time_passed(now)

    def _side_updated(
        self, side: Side, changes: list[LevelChange], frame: Frame
    ) -> list[LargeOrderEvent]:
        events: list[LargeOrderEvent] = []
        clusters: dict[float, Split] = {}
        followed, came = self.levels.side(side), False
        for change in changes:
            order = followed.get(change[0])
            if order is None:
                came |= self._level_came(side, change, frame)
            elif order.pieces:
                split = self._piece_changed(order, change, frame)
                before = clusters.get(order.price)
                clusters[order.price] = before.plus(split) if before else split
            else:
                events += self._orders.changed(order, change, frame)
        for price, split in clusters.items():
            events += self._cluster_changed(self.levels.side(side)[price], split, frame)
        if came:
            self._form_cluster(side, frame)
        if frame.tape.by_price and (taken := frame.tape.expire(frame.settled)):
            self._note_hidden(self.levels.side(side), taken)
            events += self._reporter.traded_late(frame.now, side, taken, frame.now)
        return events

    def walls_anew(self, now: int) -> list[LargeOrderEvent]:
        """Tell the walls that stand once more, because what is suggested beside them changed."""
        walls = [
            order for order in self.lifecycle.open_orders() if order.classification in DEFENSIVE
        ]
        return [self._reporter.changed(order, now) for order in walls]

    def adopt(self, now: int, levels: Iterable[tuple[Side, float, float]]) -> None:
        """Follow levels (side, price, base quantity) that already stand: their birth is unknown."""
        unknown = [
            level
            for level in levels
            if level[1] not in self.levels.side(level[0]) and not self._view.hid(level[0], level[1])
        ]
        if unknown:
            self.lifecycle.book_changed()
            for side, price, qty in unknown:
                self._orders.follow(side, price, qty, now, birth_known=False)

    def trades_unsound(self, now: int, since: int, until: int) -> list[LargeOrderEvent]:
        """Take back what was concluded from trades of a time in which some were missing, from
        `since` to `until` (ms, inclusive)."""
        first, last = since - self._alignment_ms, until + self._alignment_ms
        for order in self.levels.all():
            order.doubt(first, last)
        return self._reporter.doubted(now, first, last)

    def trade_late(
        self, now: int, side: Side, price: float, lots: int, stated: int
    ) -> list[LargeOrderEvent]:
        """Take what vanished at a price for possibly traded: takers took `lots` lots of `side`
        there at `stated` (ms), which is known only now."""
        order = self.levels.side(side).get(price)
        left = lots
        for one in order.family() if order is not None else ():
            left -= one.doubt_lots(left)
        return self._reporter.traded_late(now, side, {price: lots}, stated)

    def book_reset(self, now: int) -> list[LargeOrderEvent]:
        """Close everything: what became of the orders is unknown."""
        events = [
            self._reporter.closed(order, now, CloseReason.BOOK_RESET)
            for order in self.lifecycle.open_orders()
        ]
        self.levels.clear()
        self._state.judge.book_lost()
        self._state.clusters.clear()
        self._state.low_mid = self._state.high_mid = 0.0
        self._view.reset()
        self._flow.forget_tape()
        return events

    def rescale(self, factor: int) -> None:
        """Go over to a lot that is finer by `factor`."""
        for order in self.levels.all():
            order.rescale(factor)
        for pulled in self._state.judge.remembered():
            pulled.order.rescale(factor)

    def _piece_changed(self, order: TrackedOrder, change: LevelChange, frame: Frame) -> Split:
        """Follow a change of one level of a cluster."""
        piece, new = order.piece(change.price), self._lot.units(change.new_qty)
        old = piece.current
        taken = frame.tape.claim(change.price, max(old - new, 0), frame.settled)
        piece.change(new)
        seen = not self._view.hid(order.side, change.price)
        return split_change(old, new, taken, sound=frame.sound and seen)

    def _cluster_changed(
        self, order: TrackedOrder, split: Split, frame: Frame
    ) -> list[LargeOrderEvent]:
        """Follow what the changes of its pieces add up to."""
        shown = plain_sum(piece.current for piece in order.pieces)
        lifecycle = self._settings.lifecycle
        order.absorb(split, shown, frame.since, frame.now, lifecycle, self._cancels_ms)
        if split.added or split.traded or split.cancelled or split.unexplained:
            return self._orders.took(order, split, frame)
        return []

    def _level_came(self, side: Side, change: LevelChange, frame: Frame) -> bool:
        """Take a change of a level that nobody follows; tell whether it may complete a cluster."""
        price, old_qty, new_qty, _ = change
        away_bps, usd, now = distance_bps(price, frame.mid), price * new_qty, frame.now
        threshold_usd = self._threshold.at(side, away_bps)
        if usd < self._least_share * threshold_usd:
            return False
        hidden = self._view.hid(side, price)
        if usd >= threshold_usd:
            known = self._book.covers(side, price) or old_qty > 0 or change.was_empty
            grew = change.old_usd() < threshold_usd
            frame.tape.claim(price, 0, frame.settled)
            birth_known = known and grew and not hidden
            self._orders.follow(side, price, new_qty, now, birth_known=birth_known)
            return False
        if hidden:
            return False
        self._sequels.level_came(side, usd, away_bps, now, threshold_usd)
        return self._clusters.note(side, change, now, self._state.updates, threshold_usd)

    def _form_cluster(self, side: Side, frame: Frame) -> None:
        """Follow the cluster that is complete with this update, if there is one."""
        followed, updates = self.levels.side(side), self._state.updates
        cluster = self._clusters.form(side, followed, frame.now, updates)
        if cluster is not None:
            for price in cluster.prices():
                # What was traded there before is not hidden volume of the cluster.
                frame.tape.claim(price, 0, frame.settled)
            self.lifecycle.begin(cluster)
            self.levels.add(cluster)

    def _note_hidden(self, orders: dict[float, TrackedOrder], taken: dict[float, int]) -> None:
        """Note what takers took of levels whose displayed quantity did not move."""
        for price, units in taken.items():
            if (order := orders.get(price)) is not None:
                order.hide(units, self._settings.lifecycle)
