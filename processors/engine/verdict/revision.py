"""Takes back, or names anew, what was told of closed orders once more is known."""

import msgspec

from processors.engine.orders.order_event import order_id
from processors.engine.plain_sum import plain_sum
from processors.engine.scope import Scope
from processors.engine.verdict.circumstances import Circumstances
from processors.engine.verdict.classify import OUTCOME_RULE, Verdict
from processors.engine.verdict.memory import JudgeState, PulledOrder
from schemas.signals import LURES, Classification, Side


class Revision:
    """Looks again at the orders of one symbol that were pulled a moment ago. Every method returns
    those whose class changed, with the new verdict."""

    __slots__ = ("_around", "_scope", "_settings", "_state")

    def __init__(self, scope: Scope, around: Circumstances, state: JudgeState) -> None:
        self._scope, self._settings = scope, scope.settings
        self._around, self._state = around, state

    def after_pull(self, now: int) -> list[tuple[PulledOrder, Verdict]]:
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
        for one in self._state.remembered(since):
            order = one.order
            if order.side is not side or taken.keys().isdisjoint(order.prices()):
                continue
            lots = plain_sum(taken.get(price, 0) for price in order.prices())
            if lots and order.doubt_lots(lots):
                doubted.append(one)
        return self._acquit(doubted)

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
            reason = self._around.refusal(one.order, now, one.closed_at)
            if reason is not None:
                state.accused.remove(one)
                verdict = self._around.verdict(
                    one.order, one.closed_at, one.reason, one, refused=reason
                )
                found.append((one, self._revise(one, verdict)))
        return found

    def _layers(self, now: int) -> list[tuple[PulledOrder, Verdict]]:
        """Name the earlier layers once enough orders of a side were pulled at about the time."""
        state, limits = self._state, self._settings.classify
        since = now - limits.layering_window_ms
        state.pulled = [one for one in state.pulled if one.closed_at >= since]
        found: list[tuple[PulledOrder, Verdict]] = []
        for one in list(state.pulled):
            verdict = self._around.verdict(one.order, one.closed_at, one.reason, one, now)
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
