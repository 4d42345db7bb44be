"""What the actions of all markets add up to."""

from typing import Final

import msgspec

from processors.cross.findings import CrossScope
from processors.cross.flow import FlowMemory
from processors.cross.joint import JointSecond
from schemas.record import ALL_VENUES
from schemas.signals import CrossAction, FinalAction
from schemas.units import SECOND_MS

DIRECTION: Final = {
    FinalAction.ACCUMULATE: 1,
    FinalAction.MARKUP: 1,
    FinalAction.DISTRIBUTION: -1,
    FinalAction.MARKDOWN: -1,
}
"""Which way an action points; others point nowhere."""
ACCUSED_SHARE: Final = 0.5
"""Of the weight, this share of markets that say MANIPULATION says it for the coin."""


class MarketReading(msgspec.Struct):
    """What one market said last."""

    action: FinalAction
    buy_score: float
    sell_score: float


class CrossActionState(msgspec.Struct):
    """What the markets said last, and what was told."""

    readings: dict[str, MarketReading] = {}
    accused_at: int = 0
    """Time of the last finding that accuses somebody, ms; 0: never."""
    told: list[list[str]] = []
    """The action, who agreed and who was against it."""
    told_at: int = 0


class Actions:
    """Weighs the markets by their taker volume of the last minute."""

    def __init__(self, scope: CrossScope, flow: FlowMemory, state: CrossActionState) -> None:
        self._scope, self._settings = scope, scope.settings
        self._flow = flow
        self.state = state

    def second_ended(self, second: JointSecond, received_us: int) -> list[CrossAction]:
        """Return the action if it, or who agrees, has changed, and once in a while anyway."""
        state, now = self.state, second.time
        state.readings = {
            pulse.market: MarketReading(pulse.final_action, pulse.buy_score, pulse.sell_score)
            for pulse in second.pulses
        }
        if not state.readings:
            return []
        weights = self._weights()
        buy = sum(weights[name] * state.readings[name].buy_score for name in weights)
        sell = sum(weights[name] * state.readings[name].sell_score for name in weights)
        action = self._action(now, weights, buy - sell)
        agreeing, against = self._sides(action)
        told = [[action.value], agreeing, against]
        repeat_ms = self._settings.action_repeat_s * SECOND_MS
        if told == state.told and now - state.told_at < repeat_ms:
            return []
        state.told, state.told_at = told, now
        markets = sorted(state.readings)
        return [
            CrossAction(
                venue=ALL_VENUES,
                symbol=self._scope.asset,
                event_id=f"{self._scope.key}:action:{now}",
                event_time=now,
                received_us=received_us,
                final_action=action,
                buy_score=round(buy, 6),
                sell_score=round(sell, 6),
                markets=markets,
                actions=[state.readings[name].action for name in markets],
                weights=[round(weights[name], 6) for name in markets],
                agreeing=agreeing,
                against=against,
                evidence={"accused_at": state.accused_at, "missing": list(second.missing)},
            )
        ]

    def _weights(self) -> dict[str, float]:
        markets = sorted(self.state.readings)
        taken = {name: self._flow.minute_usd(name) for name in markets}
        whole = sum(taken.values())
        return {name: taken[name] / whole if whole > 0 else 1 / len(markets) for name in markets}

    def _action(self, now: int, weights: dict[str, float], lead: float) -> FinalAction:
        readings, settings = self.state.readings, self._settings
        said: dict[FinalAction, float] = {}
        for name, weight in weights.items():
            said[readings[name].action] = said.get(readings[name].action, 0.0) + weight
        accused = self.state.accused_at and (
            now - self.state.accused_at < settings.accused_s * SECOND_MS
        )
        if accused or said.get(FinalAction.MANIPULATION, 0.0) >= ACCUSED_SHARE:
            return FinalAction.MANIPULATION
        if lead >= settings.action_lead:
            moved, calm = FinalAction.MARKUP, FinalAction.ACCUMULATE
        elif lead <= -settings.action_lead:
            moved, calm = FinalAction.MARKDOWN, FinalAction.DISTRIBUTION
        else:
            return FinalAction.UNKNOWN
        return moved if said.get(moved, 0.0) > said.get(calm, 0.0) else calm

    def _sides(self, action: FinalAction) -> tuple[list[str], list[str]]:
        """Return the markets that agree with an action and those that point the other way."""
        agreeing: list[str] = []
        against: list[str] = []
        for name, reading in sorted(self.state.readings.items()):
            way, mine = DIRECTION.get(action, 0), DIRECTION.get(reading.action, 0)
            if reading.action is action or (way and way == mine):
                agreeing.append(name)
            elif way and mine == -way:
                against.append(name)
        return agreeing, against
