"""Lures on one market while takers take on another what the lure attracts."""

import msgspec

from processors.cross.findings import CrossScope, Taking, Telling, finding
from processors.cross.flow import FlowMemory
from processors.cross.orders import OrderLife
from processors.cross.prices import Prices
from schemas.signals import LURES, CrossFinding, CrossKind, CrossStage
from schemas.signals.pulse import SLICE_MS


class PendingLure(msgspec.Struct):
    """A pulled order, until all takers are known that count."""

    life: OrderLife
    due: int
    """End of the time that counts, ms."""


class Lures:
    """Looks at the takers of the other markets once their time is complete."""

    def __init__(
        self, scope: CrossScope, prices: Prices, flow: FlowMemory, pending: list[PendingLure]
    ) -> None:
        self._scope, self._settings = scope, scope.settings
        self._prices, self._flow = prices, flow
        self.pending = pending

    def take(self, life: OrderLife) -> None:
        """Take the newest step of an order; keep it if it may have been a lure."""
        step, settings = life.step, self._settings
        if step.closed_at is None or not step.birth_known:
            return
        if any(lure.life.order_id == life.order_id for lure in self.pending):
            return
        is_short = step.closed_at - step.first_seen <= settings.lure_life_ms
        if life.was_pulled(settings.untraded) and (is_short or step.classification in LURES):
            until = step.closed_at + settings.taking_ms
            held = OrderLife(life.market, step)
            self.pending.append(PendingLure(held, until + -until % SLICE_MS))

    def second_ended(self, now: int, received_us: int) -> list[CrossFinding]:
        """Return what is to be told of the lures whose time was over by `now` (ms)."""
        due = [lure for lure in self.pending if lure.due <= now]
        self.pending[:] = [lure for lure in self.pending if lure.due > now]
        found = [self._judged(lure, received_us) for lure in due]
        return [one for one in found if one is not None]

    def _judged(self, lure: PendingLure, received_us: int) -> CrossFinding | None:
        life = lure.life
        closed_at = life.step.closed_at or 0
        since, until = closed_at - self._settings.taking_ms, lure.due
        takings = [
            taking
            for market in sorted(self._flow.markets)
            if market != life.market
            and (taking := self._taking(life, market, since, until)) is not None
        ]
        if not takings:
            return None
        best = max(takings, key=lambda taking: (taking.qty, taking.market))
        telling = Telling(
            f"{self._scope.key}:{CrossKind.LURE_TAKING.value}:{life.order_id}>{best.market}",
            0,
            CrossKind.LURE_TAKING,
            CrossStage.CLOSED,
            lure.due,
            received_us,
            self._middle(life, best) - closed_at,
            life.step.max_qty,
        )
        return finding(self._scope, self._prices, telling, (life,), best)

    def _taking(self, life: OrderLife, market: str, since: int, until: int) -> Taking | None:
        settings, side = self._settings, life.step.side
        helped, against = self._flow.helped(market, side, since, until)
        if helped <= 0 or helped < settings.taking_size * life.step.max_qty:
            return None
        share = helped / (helped + against)
        usual = self._flow.usual(market, until - since, since)
        if share < settings.taking_share or helped < settings.taking_usual * usual:
            return None
        times = helped / usual if usual > 0 else 0.0
        if usual > 0 and times < settings.taking_beyond * self._here(life, since, until):
            return None
        return Taking(market, since, helped, share, times)

    def _here(self, life: OrderLife, since: int, until: int) -> float:
        """Return how many times the usual volume takers took on the lure's own market, the way
        that it helps; 0 where nothing is usual."""
        usual = self._flow.usual(life.market, until - since, since)
        helped, _ = self._flow.helped(life.market, life.step.side, since, until)
        return helped / usual if usual > 0 else 0.0

    def _middle(self, life: OrderLife, taking: Taking) -> int:
        """Return the slice by which half of the volume was taken, ms."""
        until = (life.step.closed_at or 0) + self._settings.taking_ms
        seen = 0.0
        for begin in range(taking.since - taking.since % SLICE_MS, until, SLICE_MS):
            span = max(begin, taking.since), begin + SLICE_MS
            seen += self._flow.helped(taking.market, life.step.side, *span)[0]
            if 2 * seen >= taking.qty:
                return begin
        return until
