"""The lifecycle of tracked orders, apart from what their levels do: births, openings, ends, and
what the passing of time brings about."""

from processors.engine.book.book import OrderBook
from processors.engine.orders.cluster_watch import ClusterWatch
from processors.engine.orders.levels import TrackedLevels
from processors.engine.orders.order import TrackedOrder
from processors.engine.orders.reporter import OrderReporter, TrackerState
from processors.engine.orders.sequels import Sequels
from processors.engine.scope import Scope
from schemas.signals import CloseReason, LargeOrderEvent, Side
from schemas.units import NEVER_MS


class OrderLifecycle:
    """Begins, opens, reviews and ends the orders of both sides of one book. Methods that return
    events return those that they caused, in a fixed order."""

    def __init__(
        self,
        scope: Scope,
        book: OrderBook,
        reporter: OrderReporter,
        levels: TrackedLevels,
        sequels: Sequels,
        clusters: ClusterWatch,
        state: TrackerState,
    ) -> None:
        self._settings, self._book = scope.settings, book
        self._reporter, self._levels = reporter, levels
        self._sequels, self._clusters, self._state = sequels, clusters, state
        self._next_review = 0
        self._depth: tuple[float, float] | None = None

    def open_orders(self) -> list[TrackedOrder]:
        """Return the open large orders, bids first, oldest first."""
        return [order for order in self._levels.all() if order.opened]

    def begin(self, order: TrackedOrder) -> None:
        """Note what the market is like at the birth of an order."""
        self._weigh(order)
        # It may be gone when it is told: what stood before it is known only now.
        self._look_before(order)
        if (mid := self._book.mid()) is not None:
            # What mid went through before its birth must not count for the new order.
            for other in self._levels.all():
                self._reporter.note_distance(other)
            self._state.low_mid = self._state.high_mid = mid
            order.place(mid)
        self._look_again(order)

    def went_on(self, order: TrackedOrder) -> None:
        """Weigh an order whose quantity changed, and look at it again when it is due."""
        self._weigh(order)
        self._look_again(order)

    def came_back(self, order: TrackedOrder) -> None:
        """Go on with an order that is in view again."""
        self._look_again(order)

    def end(self, order: TrackedOrder, now: int, reason: CloseReason) -> list[LargeOrderEvent]:
        """Drop an order; it is closed as a large one if it lived long enough to be one."""
        self._levels.drop(order)
        self._sequels.ended(order, reason, now)
        opened: list[LargeOrderEvent] = []
        if not order.opened:
            is_flicker = now < order.proven_at(self._settings.lifecycle)
            if order.pieces or is_flicker or reason is CloseReason.LOST_VIEW:
                self._state.flickers += 1
                return []
            opened = self._open(order, now)
            if not opened:
                return []
        return [
            *opened,
            self._reporter.closed(order, now, reason),
            *self._reporter.revised(now),
        ]

    def place_in_chains(self, now: int) -> None:
        """Place what was born with this update in the chain that it continues."""
        for order in self._sequels.place(now):
            if order.link is None or order.link.length < self._settings.chain.links:
                continue
            self._look_before(order)
            order.is_suspect = self._reporter.is_manipulation(order, now)
            self._look_again(order)

    def time_passed(self, now: int) -> list[LargeOrderEvent]:
        """Do what time alone brings about: openings and the end of consumed orders."""
        return self._review(now) if now >= self._next_review else []

    def refresh_impact(self) -> None:
        """Weigh every order against the book as it is now."""
        self._depth = None
        bids_usd, asks_usd = self._depth_usd()
        opened_of: dict[Side, list[TrackedOrder]] = {Side.BID: [], Side.ASK: []}
        for order in self._levels.all():
            order.weigh(bids_usd + asks_usd, bids_usd if order.side is Side.BID else asks_usd)
            if order.opened:
                opened_of[order.side].append(order)
        for side, opened in opened_of.items():
            if opened:
                prices = [order.price for order in opened]
                before_usd = self._book.side(side).usd_before_each(prices)
                for order, usd in zip(opened, before_usd, strict=True):
                    order.stands_behind(usd)

    def book_changed(self) -> None:
        """Forget what the depth of the top levels was."""
        self._depth = None

    def take_flickers(self) -> int:
        """Return the number of flickering levels since the last call."""
        count, self._state.flickers = self._state.flickers, 0
        return count

    def _review(self, now: int) -> list[LargeOrderEvent]:
        """Look at every order for what the passing of time brings about."""
        lifecycle = self._settings.lifecycle
        self._next_review = NEVER_MS
        events: list[LargeOrderEvent] = []
        for order in self._levels.all():
            if not self._levels.holds(order):
                continue  # gave way to another one a moment ago
            age = now - order.first_seen
            if (reason := order.timeout_reason(now, lifecycle)) is not None:
                events += self.end(order, now, reason)
            elif order.unseen_since:
                continue  # nothing is known of it until it is back
            elif not order.opened:
                if now >= order.proven_at(lifecycle):
                    events += self._open(order, now)
            elif (
                not order.persistent
                and age >= lifecycle.persistent_ms
                and order.observations(self._state.updates) >= lifecycle.persistent_observations
            ):
                order.persistent = True
                events.append(self._reporter.persisted(order, now))
            self._look_again(order)
        return events

    def _open(self, order: TrackedOrder, now: int) -> list[LargeOrderEvent]:
        """Open an order that outlived the flicker limit; the smallest gives way when full."""
        if order.pieces and self._levels.holds(order) and not self._clusters.is_new_quantity(order):
            self._levels.drop(order)
            return []
        self._look_before(order)
        events: list[LargeOrderEvent] = []
        others = self.open_orders()
        if len(others) >= self._settings.lifecycle.max_tracked:
            self._state.evicted += 1
            smallest = min(others, key=lambda other: (other.value_usd, other.price))
            if smallest.value_usd >= order.value_usd:
                if self._levels.holds(order):
                    self._levels.drop(order)
                return []
            self._levels.drop(smallest)
            events.append(self._reporter.closed(smallest, now, CloseReason.EVICTED))
        order.opened = True
        events.append(self._reporter.opened(order, now))
        return events

    def _look_again(self, order: TrackedOrder) -> None:
        """Have an order reviewed when time alone can change it."""
        self._next_review = min(self._next_review, order.next_due(self._settings.lifecycle))

    def _look_before(self, order: TrackedOrder) -> None:
        """Note what stands between mid and an order."""
        order.stands_behind(self._book.side(order.side).usd_before(order.price))

    def _weigh(self, order: TrackedOrder) -> None:
        bids_usd, asks_usd = self._depth_usd()
        order.weigh(bids_usd + asks_usd, bids_usd if order.side is Side.BID else asks_usd)

    def _depth_usd(self) -> tuple[float, float]:
        """Return the notional of the top levels of both sides, USD."""
        if self._depth is None:
            levels = self._settings.lifecycle.impact_levels
            self._depth = self._book.bids.top_usd(levels), self._book.asks.top_usd(levels)
        return self._depth
