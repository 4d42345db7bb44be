"""What is known of an order and of everything around it at a moment, and the class that follows."""

from processors.engine.book.book import OrderBook
from processors.engine.orders.order import TrackedOrder
from processors.engine.orders.order_event import order_id
from processors.engine.readings.recent_flow import RecentFlow
from processors.engine.scope import Scope
from processors.engine.verdict.classify import Situation, Verdict, classify
from processors.engine.verdict.innocence import Innocence, Withdrawn, refusal, withdrawn
from processors.engine.verdict.memory import JudgeState, PulledOrder
from processors.engine.verdict.patterns import Pull
from processors.engine.verdict.spoof_score import PullContext
from processors.engine.verdict.surroundings import Depth
from schemas.signals import PULLED, CloseReason, Side
from schemas.units import BPS, MINUTE_MS


class Circumstances:
    """The circumstances of the orders of one symbol. Nothing is changed here."""

    __slots__ = ("_book", "_flow", "_scope", "_settings", "_state")

    def __init__(self, scope: Scope, book: OrderBook, flow: RecentFlow, state: JudgeState) -> None:
        self._scope, self._settings = scope, scope.settings
        self._book, self._flow, self._state = book, flow, state

    def verdict(
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
            lambda: refused or self.refusal(order, seen, now if reason is not None else None),
        )
        return classify(order, situation, limits)

    def of_pull(self, order: TrackedOrder, now: int, earlier: int) -> PullContext:
        """Return what is weighed of a pull at `now` (ms), `earlier` pulls near it before."""
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

    def refusal(self, order: TrackedOrder, now: int, ended: int | None) -> Innocence | None:
        """Return why an order may not be accused, with what is known at `now` (ms); `ended` is when
        it was pulled, None while it stands."""
        settings, state = self._settings, self._state
        limits, reach = settings.innocence, settings.classify.pattern_bps
        if order.link is not None and order.link.length >= settings.chain.links:
            wander = settings.chain.reach_sigmas * self.minute_bps()
            reach = min(reach, max(settings.chain.reach_least_bps, wander))
        usd = order.price * order.qty(order.maximum)
        mid = self._book.mid()
        loss, mirrored = Withdrawn(0.0, 0.0), False
        if ended is not None and mid is not None:
            pulled, depth = self._pulled_usd(order.side, now), self.depth(now, mid)
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

    def as_pull(self, order: TrackedOrder, ended: int) -> Pull:
        """Return an order that ended at `ended` (ms) as the memory of pulls holds it."""
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

    def depth(self, now: int, mid: float) -> Depth:
        """Return the depth of both sides within the pattern distance of mid, USD."""
        book, reach = self._book, mid * self._settings.classify.pattern_bps / BPS
        return Depth(now, book.bids.usd_within(mid, reach), book.asks.usd_within(mid, reach))

    def minute_bps(self) -> float:
        """Return how far mid wanders by itself in a minute (standard deviation), bps."""
        around, least = self._state.around, self._settings.classify.least_minute_bps
        return max(least, around.noise_bps(MINUTE_MS))

    def _is_mirrored(self, order: TrackedOrder, ended: int, now: int) -> bool:
        """Tell whether an order like one that ended at `ended` (ms) was pulled on the other side in
        the same second, as far as is known at `now`."""
        limits = self._settings.innocence
        return self._state.patterns.is_mirrored(
            self.as_pull(order, ended), now - limits.withdrawal_ms, limits
        )

    def _pulled_usd(self, side: Side, now: int) -> tuple[float, float]:
        """Return what was pulled within the withdrawal time: on a side, and on the other, USD."""
        patterns, since = self._state.patterns, now - self._settings.innocence.withdrawal_ms
        other = Side.ASK if side is Side.BID else Side.BID
        return patterns.pulled_usd(side, since), patterns.pulled_usd(other, since)
