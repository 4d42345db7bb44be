"""Weighs what orders, flow and book report, and says it: alerts, actions, quarters."""

from copy import deepcopy

from processors.engine.book.book import OrderBook
from processors.engine.orders.tracker import OrderTracker
from processors.engine.readings import builders
from processors.engine.readings.action_state import ActionState
from processors.engine.readings.actions import ActionInputs, Weighed, read_action
from processors.engine.readings.alerts import (
    AlertState,
    Finding,
    chain,
    forget,
    open_interest_fall,
    swan,
    trap,
)
from processors.engine.readings.flow import Bar, Flow, z_score
from processors.engine.readings.recent_flow import RecentFlow
from processors.engine.readings.smart_money import (
    OrderSignal,
    QuarterHistory,
    close_quarter,
    read_quarter,
)
from processors.engine.scope import Scope
from processors.engine.verdict.judge import OrderJudge
from schemas.signals import (
    ActionSignal,
    Alert,
    FinalAction,
    LargeOrderEvent,
    OrderEventKind,
    OrderState,
    SmartMoney,
)


class Analyst:
    """The readings of one symbol above its single orders and bars."""

    def __init__(
        self,
        scope: Scope,
        book: OrderBook,
        flow: Flow,
        recent: RecentFlow,
        tracker: OrderTracker,
        judge: OrderJudge,
        states: tuple[ActionState, AlertState, QuarterHistory],
    ) -> None:
        self._scope, self._settings = scope, scope.settings
        self._book, self._flow, self._recent = book, flow, recent
        self._tracker, self._judge = tracker, judge
        self.action, self.alerts, self.quarters = states

    def second_passed(self, now: int, mid: float) -> None:
        """Note the mid at a full second."""
        self.action.remember_mid(now, mid, self._settings.action.closed_memory_ms)
        self.alerts.remember_mid(now, mid, self._settings.alerts.swan_window_ms)

    def order_moved(self, event: LargeOrderEvent, received_us: int) -> list[Alert]:
        """Return the alerts that one step of an order calls for."""
        if event.state is OrderState.CLOSED and event.kind is not OrderEventKind.CLOSED:
            return []  # A closed order that turned out to be a layer: its alerts were told.
        state, settings = self.alerts, self._settings.alerts
        findings: list[Finding | None] = []
        worth = self._scope.amount(event.max_value_usd)
        if event.kind is OrderEventKind.CLOSED:
            bought = self._recent.bought_share(event.event_time)
            mid = self._book.mid()
            moved = state.moved_bps(event.first_seen, mid) if mid is not None else 0.0
            findings.append(trap(event, worth, 0.5 if bought is None else bought, moved, settings))
        findings.append(chain(event, worth, state))
        findings.append(swan(event, worth, state, self._flow, settings, self._scope.usd))
        forget(event, state)
        return [
            builders.alert(self._scope, event.event_time, finding, received_us)
            for finding in findings
            if finding is not None
        ]

    def interest_polled(self, now: int, open_interest: float, received_us: int) -> list[Alert]:
        """Return the alert that a poll calls for, if any."""
        finding = open_interest_fall(now, open_interest, self.alerts, self._settings.alerts)
        if finding is None:
            return []
        return [builders.alert(self._scope, now, finding, received_us)]

    def quarter_closed(self, end: int, bar: Bar, received_us: int) -> list[SmartMoney]:
        """Return the reading of the quarter of an hour that ended; none without trades."""
        return self._quarter(self.quarters, end, bar, received_us, preliminary=False)

    def quarter_so_far(self, now: int, bar: Bar, received_us: int) -> list[SmartMoney]:
        """Return the reading that the quarter would get if it ended `now`; none without trades."""
        return self._quarter(deepcopy(self.quarters), now, bar, received_us, preliminary=True)

    def _quarter(
        self, history: QuarterHistory, end: int, bar: Bar, received_us: int, *, preliminary: bool
    ) -> list[SmartMoney]:
        settings, action = self._settings, self.action
        quarter = close_quarter(
            history, bar, self._flow, settings.smart_money, settings.flow.z_points
        )
        if quarter is None:
            return []
        orders = OrderSignal(
            action.final_action or FinalAction.UNKNOWN,
            action.buy_score,
            action.sell_score,
            action.spoof_count,
        )
        reading = read_quarter(quarter, orders, settings.smart_money)
        return [builders.smart_money(self._scope, end, quarter, reading, received_us, preliminary)]

    def read_action(self, now: int, received_us: int) -> list[ActionSignal]:
        """Return the final action if it or its scores changed, and once in a while anyway."""
        settings, flow, judge = self._settings.action, self._flow, self._judge
        spoofs = judge.spoof_count(now - settings.closed_memory_ms)
        limit = self._settings.classify.impact_ratio
        inputs = ActionInputs(
            [
                Weighed(
                    order.side,
                    order.classification,
                    order.impact >= limit,
                    judge.relevance(order),
                )
                for order in self._tracker.lifecycle.open_orders()
            ],
            judge.closed_orders(),
            spoofs,
            flow.cvd_usd(),
            flow.oi_change,
            self.action.price_change(),
            z_score(flow.cvd_points),
            z_score(flow.oi_points),
            z_score(flow.delta_points),
        )
        reading = read_action(inputs, settings)
        number = self.action.due(now, reading, spoofs, settings)
        if number is None:
            return []
        mid = self._book.mid()
        return [
            builders.action_signal(
                self._scope, now, number, inputs, reading, flow, mid, received_us
            )
        ]
