"""The cross engine: pulses of one coin's markets in, its signals out. Pure and deterministic."""

from collections.abc import Collection, Iterator

from processors.cross.actions import Actions
from processors.cross.alerts import accuses, alert_of
from processors.cross.clocks import Clocks
from processors.cross.findings import QTY_DIGITS, CrossScope
from processors.cross.flow import USUAL_S
from processors.cross.joint import JointSecond, JointSeconds
from processors.cross.leads import Leads
from processors.cross.lures import Lures
from processors.cross.moves import Moves
from processors.cross.prices import Prices
from processors.cross.state import CROSS_STATE_VERSION, CrossState, decode, encode
from processors.cross.walls import Walls
from schemas.record import ALL_VENUES
from schemas.settings import CrossSettings
from schemas.signals import CrossFinding, CrossSecond, Signal
from schemas.signals.pulse import MarketPulse, OrderStep
from schemas.units import SECOND_MS

FLOW_SPARE_MS = 6 * SECOND_MS
"""Taker volume is kept for so long beyond what is asked for: a lure is judged at the end of the
second in which its time is over."""


class CrossEngine:
    """Everything wallwatch knows of the markets of one coin together."""

    def __init__(
        self,
        asset: str,
        settings: CrossSettings,
        markets: Collection[str] = (),
        state: CrossState | None = None,
    ) -> None:
        """Begin anew, or where `state` was taken.

        `markets`: those (`venue:symbol`) that are waited for from the start; others join with their
        first pulse, and what was told before was told without them.
        """
        self._scope = CrossScope(asset, settings)
        self._state = state if state is not None else CrossState(CROSS_STATE_VERSION, asset)
        known = self._state.position.markets
        self._state.position.markets = sorted({*known, *markets})
        self._joint = JointSeconds(self._state.position, settings.max_wait_ms)
        memory, flow = self._state.orders, self._state.flow
        # The minute for what is usual, then the time that takers count on both sides of a pull.
        self._flow_kept_ms = USUAL_S * SECOND_MS + 2 * settings.taking_ms + FLOW_SPARE_MS
        self._prices = Prices(self._state.prices, settings.basis_s)
        self._walls = Walls(self._scope, self._prices, memory, self._state.walls)
        self._moves = Moves(self._scope, self._prices, memory, self._state.moved)
        self._lures = Lures(self._scope, self._prices, flow, self._state.lures)
        self._leads = Leads(self._scope, self._state.leads)
        self._clocks = Clocks(self._scope, self._state.clocks)
        self._actions = Actions(self._scope, flow, self._state.action)

    @classmethod
    def load(
        cls, raw: bytes, settings: CrossSettings, markets: Collection[str] = ()
    ) -> "CrossEngine":
        """Return an engine that continues where `dump` was called. Raises CrossStateError."""
        state = decode(raw)
        return cls(state.asset, settings, markets, state)

    def dump(self) -> bytes:
        """Return the state, without the pulses that wait for another market."""
        return encode(self._state)

    def apply(self, pulse: MarketPulse, offset: int) -> list[Signal]:
        """Take one pulse; return the signals of all the seconds that it completed, in order."""
        self._joint.push(pulse, offset)
        out: list[Signal] = []
        for second in self._joint.release():
            out += self._second(second)
        return out

    def next_offset(self) -> int:
        """Return the offset of the first pulse that was not wholly applied."""
        return self._joint.next_offset()

    def pending(self) -> int:
        """Return how many pulses wait for another market."""
        return self._joint.waiting()

    @property
    def late(self) -> int:
        """Pulses that came after their second had been told without them."""
        return self._state.position.late

    def _second(self, second: JointSecond) -> Iterator[Signal]:
        received_us = max((pulse.received_us for pulse in second.pulses), default=0)
        settings = self._scope.settings
        self._prices.second_ended(second)
        self._state.flow.take(second, self._flow_kept_ms)
        self._leads.second_ended(second)
        self._clocks.second_ended(second)
        yield self._told(second, received_us)
        for found in self._findings(second, received_us):
            yield found
            if accuses(self._scope, found):
                self._state.action.accused_at = second.time
                yield alert_of(self._scope, found)
        yield from self._actions.second_ended(second, received_us)
        if second.time % (settings.report_s * SECOND_MS) == 0:
            yield from self._leads.read(second.time, received_us)
            yield from self._clocks.report(second.time, received_us)
        kept = settings.moved_ms + settings.copied_ms + settings.taking_ms + settings.tolerance_ms
        self._state.orders.forget(second.time - kept)
        self._moves.forget(second.time - kept)

    def _findings(self, second: JointSecond, received_us: int) -> Iterator[CrossFinding]:
        for market, step in _steps_of(second):
            life, is_new = self._state.orders.take(market, step)
            yield from self._walls.take(life, is_new, received_us)
            yield from self._moves.take(life, is_new, received_us)
            self._lures.take(life)
        yield from self._lures.second_ended(second.time, received_us)

    def _told(self, second: JointSecond, received_us: int) -> CrossSecond:
        pulses, prices = second.pulses, self._prices
        mid = prices.mid()
        interests = [pulse.open_interest for pulse in pulses]
        known = [interest for interest in interests if interest is not None]
        return CrossSecond(
            venue=ALL_VENUES,
            symbol=self._scope.asset,
            event_id=f"{self._scope.key}:second:{second.time}",
            event_time=second.time,
            received_us=received_us,
            markets=[pulse.market for pulse in pulses],
            missing=list(second.missing),
            mid=None if mid is None else round(mid, 8),
            mids=[pulse.mids[-1] for pulse in pulses],
            basis_bps=[
                None if pulse.mids[-1] is None else round(prices.basis_bps(pulse.market), 4)
                for pulse in pulses
            ],
            buy_qty=[round(sum(pulse.buy_qty), QTY_DIGITS) for pulse in pulses],
            sell_qty=[round(sum(pulse.sell_qty), QTY_DIGITS) for pulse in pulses],
            buy_usd=round(sum(pulse.buy_usd for pulse in pulses), 6),
            sell_usd=round(sum(pulse.sell_usd for pulse in pulses), 6),
            cvd_qty=round(sum(pulse.cvd_qty for pulse in pulses), QTY_DIGITS),
            cvd_usd=round(sum(pulse.cvd_usd for pulse in pulses), 6),
            cvd_qty_by_market=[pulse.cvd_qty for pulse in pulses],
            open_interest=round(sum(known), QTY_DIGITS) if known else None,
            open_interest_by_market=interests,
        )


def _steps_of(second: JointSecond) -> list[tuple[str, OrderStep]]:
    """Return the steps of all markets in the order of their event time."""
    steps = [(pulse.market, step) for pulse in second.pulses for step in pulse.orders]
    return sorted(
        steps, key=lambda pair: (pair[1].event_time, *pair[0:1], pair[1].order_id, pair[1].sequence)
    )
