"""Tells every step of a tracked order as an event, with the class that the judge gives it."""

from math import sqrt

import msgspec

from processors.engine.book.book import OrderBook
from processors.engine.fate.features import MarketMoment, features_of
from processors.engine.fate.forecast import UNTOLD, FateFields, FateForecaster
from processors.engine.orders.cluster import ClusterFinder
from processors.engine.orders.order import TrackedOrder
from processors.engine.orders.order_event import Closing, order_event
from processors.engine.readings.recent_flow import RecentFlow
from processors.engine.risk.beside_wall import NOTHING, SuggestedFields, beside
from processors.engine.scope import Scope
from processors.engine.verdict.classify import Verdict
from processors.engine.verdict.judge import OrderJudge
from processors.engine.verdict.memory import JudgeState, PulledOrder
from schemas.signals import CloseReason, LargeOrderEvent, OrderEventKind, Side
from schemas.units import MINUTE_MS, SECOND_MS


class TrackerState(msgspec.Struct):
    """Everything about tracked orders that has to survive a restart."""

    orders: list[TrackedOrder] = []
    judge: JudgeState = msgspec.field(default_factory=JudgeState)
    clusters: ClusterFinder = msgspec.field(default_factory=ClusterFinder)
    updates: int = 0
    """Depth updates applied so far."""
    last_update_time: int = 0
    low_mid: float = 0.0
    high_mid: float = 0.0
    """Range of mid since the orders' distances were last brought up to date; 0 at the start."""
    flickers: int = 0
    """Since the count was last taken."""
    evicted: int = 0
    bid_edge: float | None = None
    """Lowest bid that the update before left in view; None: all are."""
    ask_edge: float | None = None
    """Highest ask, likewise."""


class OrderReporter:
    """Brings an order's figures up to date, has it judged, and returns the event that says so."""

    def __init__(
        self,
        scope: Scope,
        book: OrderBook,
        judge: OrderJudge,
        flow: RecentFlow,
        state: TrackerState,
        received_us: int,
    ) -> None:
        self._scope, self._book, self._judge, self._state = scope, book, judge, state
        self._received_us, self._flow = received_us, flow
        model = scope.settings.fate.model
        self._forecaster = None if model is None else FateForecaster(model)

    def heard(self, received_us: int) -> None:
        """Stamp the events from here on with this receive time (microseconds since the epoch)."""
        self._received_us = received_us

    def opened(self, order: TrackedOrder, now: int) -> LargeOrderEvent:
        """Tell that an order proved to be a large one."""
        return self._event(order, now, OrderEventKind.OPENED, self._judge.standing(order, now))

    def changed(self, order: TrackedOrder, now: int) -> LargeOrderEvent:
        """Tell a change of its quantity, or of its class where that changed too."""
        before = order.classification
        verdict = self._judge.standing(order, now)
        same = order.classification is before
        kind = OrderEventKind.CHANGED if same else OrderEventKind.RECLASSIFIED
        return self._event(order, now, kind, verdict)

    def persisted(self, order: TrackedOrder, now: int) -> LargeOrderEvent:
        """Tell that an order has stood long enough to count as meant."""
        return self._event(order, now, OrderEventKind.PERSISTENT, self._judge.standing(order, now))

    def closed(self, order: TrackedOrder, now: int, reason: CloseReason) -> LargeOrderEvent:
        """Tell the end of an order."""
        self.note_distance(order)
        ruling = self._judge.closing(order, now, reason)
        closing = Closing(reason, now, ruling.probability)
        return self._event(order, now, OrderEventKind.CLOSED, ruling.verdict, closing)

    def is_manipulation(self, order: TrackedOrder, now: int) -> bool:
        """Tell whether an order is one from its first moment, as a link of a chain that is."""
        return self._judge.is_manipulation(order, now)

    def revised(self, now: int) -> list[LargeOrderEvent]:
        """Tell closed orders anew that what was pulled since shows in another light: as layers, or
        as those of somebody who left the market."""
        return self._revised(now, self._judge.revision.after_pull(now))

    def doubted(self, now: int, since: int, until: int) -> list[LargeOrderEvent]:
        """Tell the accusations that cannot stand since trades from `since` to `until` (ms) were
        missing."""
        return self._revised(now, self._judge.revision.acquit(now, since, until))

    def traded_late(
        self, now: int, side: Side, taken: dict[float, int], stated: int
    ) -> list[LargeOrderEvent]:
        """Tell the accusations that cannot stand since `taken` lots of `side`, by price, of about
        `stated` (ms), that no decrease explains, may have been what vanished before."""
        if not taken:
            return []
        return self._revised(now, self._judge.revision.acquit_traded(side, taken, stated))

    def _revised(
        self, now: int, revised: list[tuple[PulledOrder, Verdict]]
    ) -> list[LargeOrderEvent]:
        return [
            self._event(
                pulled.order,
                now,
                OrderEventKind.RECLASSIFIED,
                verdict,
                Closing(pulled.reason, pulled.closed_at, pulled.probability),
            )
            for pulled, verdict in revised
        ]

    def note_distance(self, order: TrackedOrder) -> None:
        """Bring one order's distance up to date with the range that mid went through."""
        if (mid := self._book.mid()) is not None:
            low, high = min(self._state.low_mid or mid, mid), max(self._state.high_mid, mid)
            order.move_mid(mid, low, high)

    def _event(
        self,
        order: TrackedOrder,
        now: int,
        kind: OrderEventKind,
        verdict: Verdict,
        closing: Closing | None = None,
    ) -> LargeOrderEvent:
        if closing is None:
            self.note_distance(order)
        event = order_event(
            self._scope,
            order,
            kind,
            now,
            self._state.updates,
            self._state.last_update_time,
            verdict.evidence,
            closing,
            self._received_us,
            self._suggested(order) if closing is None else NOTHING,
            self._fate(order, now) if closing is None else UNTOLD,
        )
        order.sequence += 1
        return event

    def _suggested(self, order: TrackedOrder) -> SuggestedFields:
        minute_bps = self._judge.sigma_bps * sqrt(MINUTE_MS / SECOND_MS)
        return beside(order, self._book, minute_bps, self._scope)

    def _fate(self, order: TrackedOrder, now: int) -> FateFields:
        if self._forecaster is None:
            return UNTOLD
        moment = MarketMoment.of(now, self._book, self._judge.sigma_bps, self._flow)
        return UNTOLD if moment is None else self._forecaster.tell(features_of(order, moment))
