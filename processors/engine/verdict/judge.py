"""Judges tracked orders with the memory of what was pulled before and beside them."""

from typing import NamedTuple

from processors.engine.book.book import OrderBook
from processors.engine.orders.order import TrackedOrder
from processors.engine.orders.order_event import order_id
from processors.engine.readings.recent_flow import RecentFlow
from processors.engine.retention import accusations_ms, depths_ms, pulls_ms
from processors.engine.scope import Scope
from processors.engine.verdict.circumstances import Circumstances
from processors.engine.verdict.classify import (
    NO_RULE,
    OUTCOME_RULE,
    PROBABILITY_RULE,
    Verdict,
    without_accusation,
)
from processors.engine.verdict.memory import ClosedOrder, JudgeState, PulledOrder
from processors.engine.verdict.mid_steps import MidSteps
from processors.engine.verdict.revision import Revision
from processors.engine.verdict.spoof_score import weigh_evidence
from schemas.signals import LURES, PULLED, Classification, CloseReason

OUTCOME_UNKNOWN = (CloseReason.BOOK_RESET, CloseReason.EVICTED, CloseReason.LOST_VIEW)
UNDECIDED = (NO_RULE, PROBABILITY_RULE)
"""Rules after which a pull may yet turn out to be one of several layers."""


class Ruling(NamedTuple):
    """The class of a closed order and the probability that it was a lure."""

    verdict: Verdict
    probability: float


class OrderJudge:
    """Classifies the orders of one symbol and remembers how they ended."""

    def __init__(self, scope: Scope, book: OrderBook, flow: RecentFlow, state: JudgeState) -> None:
        self._scope, self._settings, self._state = scope, scope.settings, state
        self._around = Circumstances(scope, book, flow, state)
        self._pulls_ms, self._depths_ms = pulls_ms(scope.settings), depths_ms(scope.settings)
        self._accusations_ms = accusations_ms(scope.settings)
        self._steps = MidSteps(state.around.mids)
        self.revision = Revision(scope, self._around, state)
        """What is told of closed orders anew."""

    def standing(self, order: TrackedOrder, now: int) -> Verdict:
        """Classify an order that stands."""
        verdict = self._around.verdict(order, now, None)
        order.classification = verdict.classification
        return verdict

    def is_manipulation(self, order: TrackedOrder, now: int) -> bool:
        """Tell whether an order that stands would be classified as one."""
        found = self._around.verdict(order, now, None).classification
        return found is Classification.MANIPULATION

    def closing(self, order: TrackedOrder, now: int, reason: CloseReason) -> Ruling:
        """Classify an order that ends at `now` (ms), and remember it."""
        if reason in OUTCOME_UNKNOWN:
            order.classification = without_accusation(order)
            return Ruling(Verdict(order.classification, {"rule": OUTCOME_RULE}), 0.0)
        if reason in PULLED:
            ruling = self._pull(order, now, reason)
        else:
            ruling = Ruling(self._around.verdict(order, now, reason), 0.0)
        order.classification = ruling.verdict.classification
        self._remember(order, now)
        return ruling

    def second_passed(self, now: int, mid: float) -> None:
        """Note what the market looks like at a full second."""
        depth, noise_ms = self._around.depth(now, mid), self._settings.innocence.noise_window_ms
        self._state.around.remember(depth, mid, self._steps, noise_ms, self._depths_ms)

    def forget(self, now: int) -> None:
        """Drop what lies too far back to matter at `now` (ms)."""
        self._state.patterns.forget_before(now - self._pulls_ms)
        oldest = now - self._accusations_ms
        self._state.accused = [kept for kept in self._state.accused if kept.closed_at >= oldest]
        closed, since = self._state.closed, now - self._settings.action.closed_memory_ms
        while closed and closed[0].closed_at < since:
            del closed[0]

    def spoof_count(self, since: int) -> int:
        """Return the number of SPOOF closings at or after `since` (ms), those of a chain once."""
        return self._state.patterns.spoof_count(since)

    def closed_orders(self) -> list[ClosedOrder]:
        """Return the orders closed within the action memory."""
        return self._state.closed

    @property
    def sigma_bps(self) -> float:
        """Standard deviation of the change of mid in a second over the last minute; 0 while it is
        not known."""
        return self._state.around.sigma_bps

    def relevance(self, order: TrackedOrder) -> float:
        """Return how much an order counts, in [0, 1]: its share of what stands up to it, less the
        farther mid would have to wander to get there."""
        minute = self._around.minute_bps()
        near = self._settings.action.near_sigmas * minute
        return order.path_ratio * min(1.0, near / max(order.distance, near))

    def _remember(self, order: TrackedOrder, now: int) -> None:
        closed = ClosedOrder(
            now,
            order.classification,
            order_id(self._scope, order),
            order.side,
            self.relevance(order),
        )
        self._state.closed.append(closed)

    def _pull(self, order: TrackedOrder, now: int, reason: CloseReason) -> Ruling:
        state, limits = self._state, self._settings.classify
        earlier = state.patterns.pulls_near(order.side, order.price, now, limits)
        again = state.patterns.spoofs_near(order.side, order.price, now, limits) > 0
        pull = self._around.as_pull(order, now)
        state.patterns.add(pull)
        evidence = weigh_evidence(order, self._around.of_pull(order, now, earlier), limits)
        probability = evidence.probability(limits.spoof_model)
        limit = limits.spoof_again_probability if again else limits.spoof_probability
        pulled = PulledOrder(order, reason, now, probability, limit)
        verdict = self._around.verdict(order, now, reason, pulled)
        if verdict.classification in LURES:
            state.accused.append(pulled)
            is_spoof = verdict.classification is Classification.SPOOF
            state.patterns.mark(pull.order_id, is_spoof=is_spoof)
        if verdict.evidence["rule"] in UNDECIDED and not order.persistent:
            state.pulled.append(pulled)
        verdict.evidence["spoof_evidence"] = evidence.as_dict()
        verdict.evidence["minute_bps"] = round(self._around.minute_bps(), 3)
        return Ruling(verdict, probability)
