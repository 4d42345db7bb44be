"""Judges tracked orders with the memory of what was pulled before and beside them."""

from typing import NamedTuple

import msgspec

from processors.engine.orders.order import TrackedOrder
from processors.engine.readings.recent_flow import RecentFlow
from processors.engine.verdict.classify import OUTCOME_RULE, Situation, Verdict, classify
from processors.engine.verdict.patterns import PatternMemory, Pull
from processors.engine.verdict.spoof_score import weigh_evidence
from schemas.settings import EngineSettings
from schemas.signals import PULLED, Classification, CloseReason, Side

OUTCOME_UNKNOWN = (CloseReason.BOOK_RESET, CloseReason.EVICTED, CloseReason.LOST_VIEW)
ACCUSATIONS = (Classification.SPOOF, Classification.MANIPULATION)


class ClosedOrder(msgspec.Struct, frozen=True):
    """What the action score remembers of a closed order."""

    closed_at: int
    classification: Classification


class PulledOrder(msgspec.Struct, frozen=True):
    """An order that was pulled a moment ago and may yet turn out to be one of several layers."""

    order: TrackedOrder
    reason: CloseReason
    closed_at: int


class JudgeState(msgspec.Struct):
    """Everything that has to survive a restart."""

    patterns: PatternMemory = msgspec.field(default_factory=PatternMemory)
    closed: list[ClosedOrder] = []
    pulled: list[PulledOrder] = []
    """Unclassified pulls within the layering window."""
    accused: list[PulledOrder] = []
    """Accused pulls within the revision time, which missing trades may yet acquit."""

    def remembered(self) -> list[PulledOrder]:
        """Return every order that is closed and may still change its class, each once."""
        known = {id(pulled.order): pulled for pulled in (*self.pulled, *self.accused)}
        return list(known.values())


class Ruling(NamedTuple):
    """The class of a closed order and the spoof score that it was given."""

    verdict: Verdict
    spoof_score: float


class OrderJudge:
    """Classifies the orders of one symbol and remembers how they ended."""

    def __init__(self, settings: EngineSettings, flow: RecentFlow, state: JudgeState) -> None:
        self._settings, self._flow, self.state = settings, flow, state

    def standing(self, order: TrackedOrder, now: int) -> Verdict:
        """Classify an order that stands."""
        verdict = self._classify(order, now, None, 0.0)
        order.classification = verdict.classification
        return verdict

    def closing(self, order: TrackedOrder, now: int, reason: CloseReason) -> Ruling:
        """Classify an order that ends at `now` (ms), and remember it."""
        if reason in OUTCOME_UNKNOWN:
            return Ruling(Verdict(order.classification, {"rule": OUTCOME_RULE}), 0.0)
        if reason in PULLED:
            ruling = self._pull(order, now, reason)
        else:
            ruling = Ruling(self._classify(order, now, reason, 0.0), 0.0)
        order.classification = ruling.verdict.classification
        self.state.closed.append(ClosedOrder(now, order.classification))
        return ruling

    def layers(self, now: int) -> list[tuple[PulledOrder, Verdict]]:
        """Return earlier pulls that turn out to be layers, now that enough orders of a side were
        pulled within the layering window."""
        state, limits = self.state, self._settings.classify
        since = now - limits.layering_window_ms
        state.pulled = [pulled for pulled in state.pulled if pulled.closed_at >= since]
        found: list[tuple[PulledOrder, Verdict]] = []
        for side in (Side.BID, Side.ASK):
            count = state.patterns.layered(side, now, limits)
            if count >= limits.layering_orders:
                for pulled in [pulled for pulled in state.pulled if pulled.order.side is side]:
                    state.pulled.remove(pulled)
                    pulled.order.classification = Classification.MANIPULATION
                    state.accused.append(pulled)
                    evidence = {"rule": "layering", "layered": count}
                    found.append((pulled, Verdict(Classification.MANIPULATION, evidence)))
        return found

    def acquit(self, now: int, since: int, until: int) -> list[tuple[PulledOrder, Verdict]]:
        """Take back accusations of orders whose cancels, between `since` and `until` (ms), may have
        been trades."""
        limit = self._settings.classify.spoof_fill_ratio
        found: list[tuple[PulledOrder, Verdict]] = []
        for closed in self.state.remembered():
            order = closed.order
            if not order.doubt(since, until) or order.fill_max < limit:
                continue
            if order.classification in ACCUSATIONS:
                order.classification = Classification.UNKNOWN
                self.state.patterns.acquit(order.side, order.price, closed.closed_at)
                figures = {"fill_ratio": order.fill_ratio, "fill_max": order.fill_max}
                verdict = Verdict(Classification.UNKNOWN, {"rule": OUTCOME_RULE, **figures})
                found.append((closed, verdict))
            for remembered in (self.state.pulled, self.state.accused):
                remembered[:] = [other for other in remembered if other.order is not order]
        return found

    def forget(self, now: int) -> None:
        """Drop what lies too far back to matter at `now` (ms)."""
        self.state.patterns.forget_before(now - self._settings.classify.pattern_window_ms)
        oldest = now - self._settings.lifecycle.revision_ms
        self.state.accused = [kept for kept in self.state.accused if kept.closed_at >= oldest]
        closed, since = self.state.closed, now - self._settings.action.closed_memory_ms
        while closed and closed[0].closed_at < since:
            del closed[0]

    def spoof_count(self, since: int) -> int:
        """Return the number of SPOOF closings at or after `since` (ms)."""
        return self.state.patterns.spoof_count(since)

    def closed_classes(self) -> list[Classification]:
        """Return the classes of the orders closed within the action memory."""
        return [order.classification for order in self.state.closed]

    def _pull(self, order: TrackedOrder, now: int, reason: CloseReason) -> Ruling:
        patterns, limits = self.state.patterns, self._settings.classify
        earlier = patterns.pulls_near(order.side, order.price, now, limits)
        patterns.add(Pull(now, order.side, order.price, is_spoof=False))
        evidence = weigh_evidence(
            order,
            now,
            self._flow.share_away_from(order.side, now),
            earlier,
            patterns.layered(order.side, now, limits),
            limits,
            self._settings.lifecycle,
        )
        score = evidence.score(limits.spoof_weights)
        verdict = self._classify(order, now, reason, score)
        if verdict.classification is Classification.SPOOF:
            patterns.pulls[-1] = Pull(now, order.side, order.price, is_spoof=True)
        elif (
            verdict.classification is Classification.UNKNOWN
            and not order.persistent
            and order.impact >= limits.impact_ratio
        ):
            self.state.pulled.append(PulledOrder(order, reason, now))
        if verdict.classification in ACCUSATIONS:
            self.state.accused.append(PulledOrder(order, reason, now))
        verdict.evidence["spoof_evidence"] = evidence.as_dict()
        return Ruling(verdict, score)

    def _classify(
        self, order: TrackedOrder, now: int, reason: CloseReason | None, score: float
    ) -> Verdict:
        patterns, limits = self.state.patterns, self._settings.classify
        situation = Situation(
            now,
            reason,
            score,
            patterns.spoofs_near(order.side, order.price, now, limits),
            patterns.layered(order.side, now, limits),
        )
        return classify(order, situation, limits)
