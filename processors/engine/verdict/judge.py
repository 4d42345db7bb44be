"""Judges tracked orders with the memory of what was pulled before and beside them."""

from typing import NamedTuple

import msgspec

from processors.engine.book.book import OrderBook
from processors.engine.book.near_depth import usd_within
from processors.engine.orders.chain import ChainMemory
from processors.engine.orders.order import TrackedOrder
from processors.engine.orders.order_event import order_id
from processors.engine.readings.recent_flow import RecentFlow
from processors.engine.scope import Scope
from processors.engine.verdict.classify import (
    NO_RULE,
    OUTCOME_RULE,
    PROBABILITY_RULE,
    Situation,
    Verdict,
    classify,
    without_accusation,
)
from processors.engine.verdict.innocence import Innocence, Withdrawn, refusal, withdrawn
from processors.engine.verdict.patterns import PatternMemory, Pull
from processors.engine.verdict.spoof_score import PullContext, weigh_evidence
from processors.engine.verdict.surroundings import Depth, Surroundings
from schemas.signals import LURES, PULLED, Classification, CloseReason, Side
from schemas.units import MINUTE_MS

OUTCOME_UNKNOWN = (CloseReason.BOOK_RESET, CloseReason.EVICTED, CloseReason.LOST_VIEW)
UNDECIDED = (NO_RULE, PROBABILITY_RULE)
"""Rules after which a pull may yet turn out to be one of several layers."""


class ClosedOrder(msgspec.Struct, frozen=True):
    """What the action score remembers of a closed order."""

    closed_at: int
    classification: Classification
    order_id: str = ""
    side: Side = Side.BID
    relevance: float = 1.0
    """How much it counts, in [0, 1]."""


class PulledOrder(msgspec.Struct, frozen=True):
    """An order that was pulled a moment ago, and may yet turn out to be something else."""

    order: TrackedOrder
    reason: CloseReason
    closed_at: int
    probability: float = 0.0
    limit: float = 1.0


class JudgeState(msgspec.Struct):
    """Everything that has to survive a restart."""

    patterns: PatternMemory = msgspec.field(default_factory=PatternMemory)
    chains: ChainMemory = msgspec.field(default_factory=ChainMemory)
    around: Surroundings = msgspec.field(default_factory=Surroundings)
    closed: list[ClosedOrder] = []
    pulled: list[PulledOrder] = []
    """Unclassified pulls within the layering window."""
    accused: list[PulledOrder] = []
    """Accused pulls within the revision time, which missing trades or what is pulled on the other
    side may yet acquit."""

    def remembered(self) -> list[PulledOrder]:
        """Return every order that is closed and may still change its class, each once."""
        known = {id(pulled.order): pulled for pulled in (*self.pulled, *self.accused)}
        return list(known.values())

    def book_lost(self) -> None:
        """Forget what can no longer be compared with the book."""
        self.pulled.clear()
        self.accused.clear()
        self.chains.clear()
        self.around.clear()


class Ruling(NamedTuple):
    """The class of a closed order and the probability that it was a lure."""

    verdict: Verdict
    probability: float


class OrderJudge:
    """Classifies the orders of one symbol and remembers how they ended."""

    def __init__(self, scope: Scope, book: OrderBook, flow: RecentFlow, state: JudgeState) -> None:
        self._scope, self._settings = scope, scope.settings
        self._book, self._flow, self._state = book, flow, state

    def standing(self, order: TrackedOrder, now: int) -> Verdict:
        """Classify an order that stands."""
        verdict = self._classify(order, now, None)
        order.classification = verdict.classification
        return verdict

    def is_manipulation(self, order: TrackedOrder, now: int) -> bool:
        """Tell whether an order that stands would be classified as one."""
        found = self._classify(order, now, None).classification
        return found is Classification.MANIPULATION

    def closing(self, order: TrackedOrder, now: int, reason: CloseReason) -> Ruling:
        """Classify an order that ends at `now` (ms), and remember it."""
        if reason in OUTCOME_UNKNOWN:
            order.classification = without_accusation(order)
            return Ruling(Verdict(order.classification, {"rule": OUTCOME_RULE}), 0.0)
        if reason in PULLED:
            ruling = self._pull(order, now, reason)
        else:
            ruling = Ruling(self._classify(order, now, reason), 0.0)
        order.classification = ruling.verdict.classification
        self._remember(order, now)
        return ruling

    def revisions(self, now: int) -> list[tuple[PulledOrder, Verdict]]:
        """Return earlier pulls that what was pulled since shows in another light."""
        return [*self._innocents(now), *self._layers(now)]

    def acquit(self, now: int, since: int, until: int) -> list[tuple[PulledOrder, Verdict]]:
        """Take back accusations of orders whose cancels, between `since` and `until` (ms), may have
        been trades."""
        doubted = [one for one in self._state.remembered() if one.order.doubt(since, until)]
        return self._acquit(doubted)

    def acquit_traded(
        self, side: Side, taken: dict[float, int], stated: int
    ) -> list[tuple[PulledOrder, Verdict]]:
        """Take back accusations of orders of `side` whose cancels may have been the trades that
        were told after them: `taken` lots, by price, that no decrease explains, of about `stated`
        (ms)."""
        since = stated - self._settings.lifecycle.late_trade_ms
        doubted: list[PulledOrder] = []
        for one in self._state.remembered():
            order = one.order
            if order.side is not side or one.closed_at < since:
                continue
            lots = sum(taken.get(price, 0) for price in order.prices())
            if lots and order.doubt_lots(lots):
                doubted.append(one)
        return self._acquit(doubted)

    def second_passed(self, now: int, mid: float) -> None:
        """Note what the market looks like at a full second."""
        limits = self._settings.innocence
        self._state.around.remember(
            self._depth(now, mid), mid, limits.noise_window_ms, 2 * limits.withdrawal_ms
        )

    def forget(self, now: int) -> None:
        """Drop what lies too far back to matter at `now` (ms)."""
        self._state.patterns.forget_before(now - self._settings.classify.pattern_window_ms)
        oldest = now - self._settings.lifecycle.revision_ms
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
        minute = self._minute_bps()
        near = self._settings.action.near_sigmas * minute
        return order.path_ratio * min(1.0, near / max(order.distance, near))

    def _acquit(self, doubted: list[PulledOrder]) -> list[tuple[PulledOrder, Verdict]]:
        """Take back what cannot be said of orders that may have been filled."""
        state, limit = self._state, self._settings.classify.spoof_fill_ratio
        found: list[tuple[PulledOrder, Verdict]] = []
        for closed in doubted:
            order = closed.order
            if order.fill_max < limit:
                continue
            if order.classification in LURES:
                figures = {"fill_ratio": order.fill_ratio, "fill_max": order.fill_max}
                verdict = Verdict(Classification.UNKNOWN, {"rule": OUTCOME_RULE, **figures})
                found.append((closed, self._revise(closed, verdict)))
            for remembered in (state.pulled, state.accused):
                remembered[:] = [other for other in remembered if other.order is not order]
        return found

    def _innocents(self, now: int) -> list[tuple[PulledOrder, Verdict]]:
        """Acquit what was told as a lure before the other side was pulled as well."""
        state = self._state
        since = now - self._settings.innocence.withdrawal_ms
        found: list[tuple[PulledOrder, Verdict]] = []
        for one in [one for one in state.accused if one.closed_at >= since]:
            reason = self._refusal(one.order, now, one.closed_at)
            if reason is not None:
                state.accused.remove(one)
                verdict = self._classify(one.order, one.closed_at, one.reason, one, refused=reason)
                found.append((one, self._revise(one, verdict)))
        return found

    def _layers(self, now: int) -> list[tuple[PulledOrder, Verdict]]:
        """Name the earlier layers once enough orders of a side were pulled at about the time."""
        state, limits = self._state, self._settings.classify
        since = now - limits.layering_window_ms
        state.pulled = [one for one in state.pulled if one.closed_at >= since]
        found: list[tuple[PulledOrder, Verdict]] = []
        for one in list(state.pulled):
            verdict = self._classify(one.order, one.closed_at, one.reason, one, now)
            found_class, before = verdict.classification, one.order.classification
            if found_class in LURES and found_class is not before:
                state.pulled.remove(one)
                if all(other.order is not one.order for other in state.accused):
                    state.accused.append(one)
                found.append((one, self._revise(one, verdict)))
        return found

    def _revise(self, one: PulledOrder, verdict: Verdict) -> Verdict:
        """Remember the other class of a closed order."""
        identity, found = order_id(self._scope, one.order), verdict.classification
        one.order.classification = found
        self._state.patterns.mark(identity, is_spoof=found is Classification.SPOOF)
        self._state.closed = [
            msgspec.structs.replace(closed, classification=found)
            if closed.order_id == identity
            else closed
            for closed in self._state.closed
        ]
        return verdict

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
        pull = self._as_pull(order, now)
        state.patterns.add(pull)
        evidence = weigh_evidence(order, self._context(order, now, earlier), limits)
        probability = evidence.probability(limits.spoof_model)
        limit = limits.spoof_again_probability if again else limits.spoof_probability
        pulled = PulledOrder(order, reason, now, probability, limit)
        verdict = self._classify(order, now, reason, pulled)
        if verdict.classification in LURES:
            state.accused.append(pulled)
            is_spoof = verdict.classification is Classification.SPOOF
            state.patterns.mark(pull.order_id, is_spoof=is_spoof)
        if verdict.evidence["rule"] in UNDECIDED and not order.persistent:
            state.pulled.append(pulled)
        verdict.evidence["spoof_evidence"] = evidence.as_dict()
        verdict.evidence["minute_bps"] = round(self._minute_bps(), 3)
        return Ruling(verdict, probability)

    def _context(self, order: TrackedOrder, now: int, earlier: int) -> PullContext:
        state, settings = self._state, self._settings
        return PullContext(
            now=now,
            opposite_flow=self._flow.share_away_from(order.side, now),
            earlier_pulls=earlier,
            layered=state.patterns.layers_near(order.side, order.price, now, settings.classify),
            pulled_share=order.pulled_share(now - settings.innocence.pull_ms),
            noise_bps=state.around.noise_bps(now - order.first_seen),
            minute_bps=state.around.noise_bps(MINUTE_MS),
            is_mirrored=self._is_mirrored(order, now, now),
            links=settings.chain.links,
        )

    def _classify(
        self,
        order: TrackedOrder,
        now: int,
        reason: CloseReason | None,
        pulled: PulledOrder | None = None,
        seen_from: int | None = None,
        refused: Innocence | None = None,
    ) -> Verdict:
        """Classify an order at `now` (ms) with what is known at `seen_from`, or now; `refused` is
        why it may not be accused, where that is known already."""
        patterns, limits = self._state.patterns, self._settings.classify
        seen = now if seen_from is None else seen_from
        layered = anywhere = 0
        if reason in PULLED:
            layered = patterns.layers_near(order.side, order.price, seen, limits)
            anywhere = patterns.layered(order.side, seen, limits)
        situation = Situation(
            now,
            reason,
            pulled.probability if pulled else 0.0,
            pulled.limit if pulled else limits.spoof_probability,
            patterns.spoofs_near(order.side, order.price, now, limits),
            layered,
            anywhere,
            self._settings.chain.links,
            lambda: refused or self._refusal(order, seen, now if reason is not None else None),
        )
        return classify(order, situation, limits)

    def _refusal(self, order: TrackedOrder, now: int, ended: int | None) -> Innocence | None:
        """Return why an order may not be accused, with what is known at `now` (ms); `ended` is when
        it was pulled, None while it stands."""
        settings, state = self._settings, self._state
        limits, reach = settings.innocence, settings.classify.pattern_bps
        if order.link is not None and order.link.length >= settings.chain.links:
            wander = settings.chain.reach_sigmas * self._minute_bps()
            reach = min(reach, max(settings.chain.reach_least_bps, wander))
        usd = order.price * order.qty(order.maximum)
        mid = self._book.mid()
        loss, mirrored = Withdrawn(0.0, 0.0), False
        if ended is not None and mid is not None:
            pulled, depth = self._pulled_usd(order.side, now), self._depth(now, mid)
            loss = withdrawn(state.around, depth, order.side, pulled, limits)
            mirrored = self._is_mirrored(order, ended, now)
        both = order.link is not None and state.chains.both_sides(
            order.side, usd, order.distance_open, now, settings.chain
        )
        if order.pieces and ended is not None:
            at_once = order.pulled_share(ended - limits.pull_ms)
            if at_once < limits.pulled_share:
                return Innocence.PIECEMEAL
        patterns = state.patterns
        layers = patterns.layers_near(order.side, order.price, now, settings.classify)
        if order.layers >= settings.classify.layering_orders:
            layers = max(layers, order.layers)
        if order.path_ratio_max * max(1, layers) < limits.least_path_ratio:
            return Innocence.IRRELEVANT
        return refusal(loss, mirrored, both, order.distance_open, reach, limits)

    def _is_mirrored(self, order: TrackedOrder, ended: int, now: int) -> bool:
        """Tell whether an order like one that ended at `ended` (ms) was pulled on the other side in
        the same second, as far as is known at `now`."""
        limits = self._settings.innocence
        return self._state.patterns.is_mirrored(
            self._as_pull(order, ended), now - limits.withdrawal_ms, limits
        )

    def _as_pull(self, order: TrackedOrder, ended: int) -> Pull:
        identity = order_id(self._scope, order)
        return Pull(
            time=ended,
            side=order.side,
            price=order.price,
            is_spoof=False,
            usd=order.price * order.qty(order.maximum),
            order_id=identity,
            chain_id=order.link.chain_id if order.link else identity,
            distance_bps=order.distance_open,
            first_seen=order.first_seen,
        )

    def _pulled_usd(self, side: Side, now: int) -> tuple[float, float]:
        """Return what was pulled within the withdrawal time: on a side, and on the other, USD."""
        patterns, since = self._state.patterns, now - self._settings.innocence.withdrawal_ms
        other = Side.ASK if side is Side.BID else Side.BID
        return patterns.pulled_usd(side, since), patterns.pulled_usd(other, since)

    def _depth(self, now: int, mid: float) -> Depth:
        bps = self._settings.classify.pattern_bps
        bids, asks = self._book.bids, self._book.asks
        return Depth(now, usd_within(bids, mid, bps), usd_within(asks, mid, bps))

    def _minute_bps(self) -> float:
        around, least = self._state.around, self._settings.classify.least_minute_bps
        return max(least, around.noise_bps(MINUTE_MS))
