"""Forecasts of the fate of orders that wait for what becomes of the orders."""

from typing import Final

import msgspec

from processors.engine.fate.drift import DriftWindow
from processors.engine.fate.features import MarketMoment, features_of
from processors.engine.fate.forecast import FateFields, FateForecaster
from processors.engine.fate.outcome import Fate, Standing, fate_at
from processors.engine.orders.order import TrackedOrder
from processors.engine.orders.order_event import order_id
from processors.engine.readings import builders
from processors.engine.scope import Scope
from schemas.fate.drift import DRIFT_WINDOW
from schemas.fate.model import HORIZONS_MS
from schemas.signals import FateOutcome, LargeOrderEvent, OrderFate, Signal
from schemas.units import NEVER_MS

HORIZON_MS: Final = HORIZONS_MS[-1]
FATE_WORDS: Final = {
    Fate.FILLED: OrderFate.FILLED,
    Fate.PULLED: OrderFate.PULLED,
    Fate.CENSORED: OrderFate.VOID,
}


class PendingFate(msgspec.Struct):
    """A forecast that is not over."""

    order_id: str
    told_at: int
    told: FateFields
    then: Standing


class FateLedgerState(msgspec.Struct):
    """Everything that has to survive a restart."""

    pending: list[PendingFate] = []
    """In the order in which they were made."""
    window: DriftWindow = msgspec.field(default_factory=DriftWindow)


class FateLedger:
    """Grades the forecasts of one symbol: of each order one at a time, made at a full second."""

    def __init__(self, scope: Scope, state: FateLedgerState) -> None:
        self._scope, self._model = scope, scope.settings.fate.model
        self._forecaster = None if self._model is None else FateForecaster(self._model)
        self._pending = {one.order_id: one for one in state.pending}
        self._window = state.window
        if self._model is not None and self._window.model_version != self._model.version:
            self._window = DriftWindow.of(self._model)
        self._next_due = self._first_due()

    @property
    def is_on(self) -> bool:
        """Whether anything is forecast."""
        return self._forecaster is not None

    def state(self) -> FateLedgerState:
        """Return what has to survive."""
        return FateLedgerState(list(self._pending.values()), self._window)

    def look(self, moment: MarketMoment, orders: list[TrackedOrder]) -> None:
        """Make a forecast of every open order of which none is waiting, at a full second."""
        if self._forecaster is None or self._model is None:
            return
        for order in orders:
            identity = order_id(self._scope, order)
            if identity in self._pending:
                continue
            features = features_of(order, moment)
            told = self._forecaster.tell(features)
            if any(probability is not None for probability in told[:-1]):
                self._window.meet(features, self._model)
                pending = PendingFate(identity, moment.now, told, Standing.of(order))
                self._pending[identity] = pending
        self._next_due = self._first_due()

    def reach(self, now: int, received_us: int, out: list[Signal]) -> None:
        """Grade what has stood for the longest horizon at `now` (ms), before anything that happens
        then."""
        while self._next_due <= now:
            one = next(iter(self._pending.values()))
            self._end(one, OrderFate.STOOD, self._next_due, received_us, out)

    def take(self, received_us: int, signals: list[Signal], out: list[Signal]) -> None:
        """Grade what `signals` decide."""
        if not self._pending:
            return
        for event in signals:
            if not isinstance(event, LargeOrderEvent):
                continue
            one = self._pending.get(event.order_id)
            # What was settled before the forecast was made is none of its.
            if one is None or event.sequence < one.then.sequence:
                continue
            if (fate := fate_at(one.then, event)) is not None:
                self._end(one, FATE_WORDS[fate], event.event_time, received_us, out)

    def _end(
        self, one: PendingFate, fate: OrderFate, time: int, received_us: int, out: list[Signal]
    ) -> None:
        del self._pending[one.order_id]
        self._next_due = self._first_due()
        after_ms = max(time - one.told_at, 0)
        out.append(
            FateOutcome(
                venue=self._scope.venue,
                symbol=self._scope.symbol,
                event_id=f"{one.order_id}@{one.told_at}",
                event_time=max(time, one.told_at),
                received_us=received_us,
                order_id=one.order_id,
                told_at=one.told_at,
                p_filled_10s=one.told.p_filled_10s,
                p_filled_60s=one.told.p_filled_60s,
                p_pulled_10s=one.told.p_pulled_10s,
                p_pulled_60s=one.told.p_pulled_60s,
                fate_model_version=one.told.fate_model_version or "",
                fate=fate,
                after_ms=after_ms,
                settings_version=self._scope.version,
            )
        )
        if self._model is None or one.told.fate_model_version != self._model.version:
            return
        self._window.grade(
            one.told,
            [
                came_true(fate, after_ms, wanted, horizon_ms)
                for wanted in (OrderFate.FILLED, OrderFate.PULLED)
                for horizon_ms in HORIZONS_MS
            ],
        )
        if self._window.graded >= DRIFT_WINDOW:
            if (finding := self._window.finding(self._model)) is not None:
                own = msgspec.structs.replace(finding, identity=f"{finding.identity}@{time}")
                out.append(builders.alert(self._scope, time, own, received_us))
            self._window = DriftWindow.of(self._model)

    def _first_due(self) -> int:
        first = next(iter(self._pending.values()), None)
        return NEVER_MS if first is None else first.told_at + HORIZON_MS


def came_true(fate: OrderFate, after_ms: int, wanted: OrderFate, horizon_ms: int) -> bool | None:
    """Tell whether an order met the `wanted` fate within a horizon; None where it is not known."""
    if fate is OrderFate.VOID:
        return False if after_ms >= horizon_ms else None
    return fate is wanted and after_ms <= horizon_ms
