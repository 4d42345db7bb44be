"""Which signals are readings, and which way each of them points."""

from typing import Final

import msgspec

from processors.engine.readings.alerts import CHAIN, SWAN, TRAP
from schemas.signals import (
    LURES,
    ActionSignal,
    Alert,
    Classification,
    FinalAction,
    LargeOrderEvent,
    OrderState,
    ReadingKind,
    Side,
    Signal,
    SmartMoney,
)

RISE: Final = 1
FALL: Final = -1
NEITHER: Final = 0

DIRECTION_OF_CLASS: Final = {
    Classification.DEFENSIVE_BUY: RISE,
    Classification.SWEEP_BUY: RISE,
    Classification.DEFENSIVE_SELL: FALL,
    Classification.SWEEP_SELL: FALL,
}
"""Of the classes whose name says it; a lure reads against the side that it was shown on."""
DIRECTION_OF_ACTION: Final = {
    FinalAction.ACCUMULATE: RISE,
    FinalAction.MARKUP: RISE,
    FinalAction.DISTRIBUTION: FALL,
    FinalAction.MARKDOWN: FALL,
}


class Reading(msgspec.Struct, frozen=True, gc=False):
    """A signal that claims something of what comes next."""

    id: str
    kind: ReadingKind
    label: str
    direction: int
    time: int
    """Event time, ms."""


class ReadingMemory(msgspec.Struct):
    """What was read already, where only the first time or a change is a reading."""

    held: dict[str, list[str]] = {}
    """By open order, the classes that it has held."""
    action: str | None = None
    """The last final action."""

    def readings(self, signals: list[Signal]) -> list[Reading]:
        """Return the readings among `signals`, which were emitted together, in order."""
        found = []
        order_time = 0
        for signal in signals:
            reading = None
            match signal:
                case LargeOrderEvent():
                    order_time = signal.event_time
                    reading = self._of_order(signal)
                case ActionSignal():
                    reading = self._of_action(signal)
                case SmartMoney() if not signal.preliminary:
                    direction = DIRECTION_OF_ACTION.get(signal.final_action, NEITHER)
                    reading = _reading(
                        signal, ReadingKind.SMART_MONEY, signal.final_action, direction
                    )
                # A chain that has grown is told again under the time at which it was told first.
                case Alert() if signal.rule != CHAIN or signal.event_time >= order_time:
                    reading = _reading(
                        signal, ReadingKind.ALERT, signal.rule, _direction_of_alert(signal)
                    )
                case _:
                    pass
            if reading is not None:
                found.append(reading)
        return found

    def _of_order(self, event: LargeOrderEvent) -> Reading | None:
        found = event.classification
        if event.state is OrderState.CLOSED:
            # What is said of a closed order later, because more is known of it, is another reading.
            self.held.pop(event.order_id, None)
            kind = ReadingKind.ORDER_CLOSED
        elif found is Classification.UNKNOWN:
            return None
        else:
            held = self.held.setdefault(event.order_id, [])
            if found in held:
                return None
            held.append(found)
            kind = ReadingKind.ORDER_OPEN
        direction = DIRECTION_OF_CLASS.get(found, NEITHER)
        if found in LURES:
            direction = _against(event.side)
        return _reading(event, kind, found, direction)

    def _of_action(self, signal: ActionSignal) -> Reading | None:
        if signal.final_action == self.action:
            return None
        self.action = signal.final_action
        direction = DIRECTION_OF_ACTION.get(signal.final_action, NEITHER)
        return _reading(signal, ReadingKind.ACTION, signal.final_action, direction)


def _direction_of_alert(alert: Alert) -> int:
    if alert.rule in (TRAP, CHAIN):
        return _against(Side(alert.evidence["side"]))
    return FALL if alert.rule == SWAN else NEITHER


def _against(side: Side) -> int:
    """Return where the price goes if what was shown on `side` was not meant."""
    return FALL if side is Side.BID else RISE


def _reading(signal: Signal, kind: ReadingKind, label: str, direction: int) -> Reading:
    return Reading(signal.event_id, kind, str(label), direction, signal.event_time)
