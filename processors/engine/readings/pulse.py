"""Gathers what a market does within a second, for those who read several markets together."""

import msgspec

from processors.engine.scope import Scope
from schemas.market import TakerSide, Trade
from schemas.signals import FinalAction, LargeOrderEvent
from schemas.signals.pulse import SLICE_MS, SLICES, MarketPulse, OrderStep
from schemas.units import SECOND_MS

QTY_DIGITS = 12
"""Sums of doubles are rounded to 1e-12, far below any lot."""


class PulseState(msgspec.Struct):
    """The running second of one market."""

    start: int = 0
    """Its beginning, ms; 0 before the first."""
    mid: float | None = None
    """The newest mid of the second before."""
    moves: list[tuple[int, float | None]] = []
    """(slice, mid) of the running second in order; of a slice the last one counts."""
    buy_qty: list[float] = msgspec.field(default_factory=lambda: [0.0] * SLICES)
    sell_qty: list[float] = msgspec.field(default_factory=lambda: [0.0] * SLICES)
    buy_usd: float = 0.0
    sell_usd: float = 0.0
    delay_ms: float | None = None
    orders: list[OrderStep] = []

    def traded(self, time: int, trade: Trade, usd: float) -> None:
        """Count a trade at its place in the merged order, `time` ms; `usd`: of one quote unit."""
        place, value_usd = self._slice(time), trade.qty * trade.price * usd
        if trade.taker is TakerSide.BUY:
            self.buy_qty[place] += trade.qty
            self.buy_usd += value_usd
        else:
            self.sell_qty[place] += trade.qty
            self.sell_usd += value_usd

    def moved(self, time: int, mid: float | None) -> None:
        """Note the mid after a change of the book at `time` ms."""
        place = self._slice(time)
        if self.moves and self.moves[-1][0] >= place:
            self.moves[-1] = (self.moves[-1][0], mid)
        else:
            self.moves.append((place, mid))

    def received(self, delay_ms: float) -> None:
        """Note receive time - event time of a depth update, ms."""
        if self.delay_ms is None or delay_ms < self.delay_ms:
            self.delay_ms = delay_ms

    def stepped(self, event: LargeOrderEvent, scope: Scope) -> None:
        """Note a step of a large order."""
        coins = scope.coins
        self.orders.append(
            OrderStep(
                event.order_id,
                event.sequence,
                event.event_time,
                event.kind,
                event.side,
                event.price * scope.usd / coins,
                event.first_seen,
                event.closed_at,
                event.close_reason,
                event.birth_known,
                event.tier,
                event.initial_qty * coins,
                event.current_qty * coins,
                event.max_qty * coins,
                event.added_qty * coins,
                event.traded_qty * coins,
                event.cancelled_qty * coins,
                event.unexplained_qty * coins,
                event.fill_max,
                event.classification,
                event.spoof_probability,
                event.threshold_usd,
                event.chain_length,
            )
        )

    def end_second(
        self,
        scope: Scope,
        now: int,
        received_us: int,
        cvd: tuple[float, float],
        open_interest: float | None,
        action: tuple[FinalAction, float, float],
    ) -> MarketPulse:
        """Return the second that ends at `now` (ms) and begin the next one.

        A market whose quote has no known value has no place on a scale in USD: no mids, no
        amounts, no orders. `cvd`: base and quote. `action`: with its scores for buying and selling.
        """
        coins, has_value = scope.coins, scope.quote_usd is not None
        mids: list[float | None] = []
        mid, moves = self.mid, iter([*self.moves, (SLICES, None)])
        place, upcoming = next(moves)
        for number in range(SLICES):
            if place == number:
                mid = upcoming
                place, upcoming = next(moves)
            mids.append(mid * scope.usd / coins if has_value and mid is not None else None)
        pulse = MarketPulse(
            venue=scope.venue,
            symbol=scope.symbol,
            event_time=now,
            received_us=received_us,
            delay_ms=None if self.delay_ms is None else round(self.delay_ms, 3),
            mids=mids,
            buy_qty=[round(qty * coins, QTY_DIGITS) for qty in self.buy_qty],
            sell_qty=[round(qty * coins, QTY_DIGITS) for qty in self.sell_qty],
            buy_usd=round(self.buy_usd, 6) if has_value else 0.0,
            sell_usd=round(self.sell_usd, 6) if has_value else 0.0,
            cvd_qty=cvd[0] * coins,
            cvd_usd=round(cvd[1], 6) if has_value else 0.0,
            open_interest=None if open_interest is None else open_interest * coins,
            final_action=action[0],
            buy_score=action[1],
            sell_score=action[2],
            orders=self.orders if has_value else [],
        )
        self._begin(now, mid)
        return pulse

    def _begin(self, now: int, mid: float | None) -> None:
        self.start, self.mid, self.moves = now, mid, []
        self.buy_qty, self.sell_qty = [0.0] * SLICES, [0.0] * SLICES
        self.buy_usd = self.sell_usd = 0.0
        self.delay_ms, self.orders = None, []

    def _slice(self, time: int) -> int:
        """Return the slice of a moment; what lies before or after the second counts at its edge:
        a depth update may be placed after a second that it lies before."""
        if self.start == 0:
            self.start = time - time % SECOND_MS
        return min(max((time - self.start) // SLICE_MS, 0), SLICES - 1)
