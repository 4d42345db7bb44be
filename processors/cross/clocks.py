"""How far the clocks of the markets lie apart: measured and told, never used."""

from statistics import median

from processors.cross.findings import CrossScope
from processors.cross.joint import JointSecond
from schemas.record import ALL_VENUES
from schemas.signals import CrossClock


class Clocks:
    """Keeps the least delay of each market since the last report."""

    def __init__(self, scope: CrossScope, least: dict[str, float]) -> None:
        """`least`: by market, receive time - event time, ms."""
        self._scope = scope
        self.least = least

    def second_ended(self, second: JointSecond) -> None:
        """Take the delays of a second."""
        for pulse in second.pulses:
            if pulse.delay_ms is not None:
                known = self.least.get(pulse.market, pulse.delay_ms)
                self.least[pulse.market] = min(known, pulse.delay_ms)

    def report(self, now: int, received_us: int) -> list[CrossClock]:
        """Return the skew of every market over the time since the last report; begin anew."""
        if len(self.least) < 2:
            self.least.clear()
            return []
        middle, tolerance = median(self.least.values()), self._scope.settings.tolerance_ms
        told = [
            CrossClock(
                venue=ALL_VENUES,
                symbol=self._scope.asset,
                event_id=f"{self._scope.key}:clock:{market}:{now}",
                event_time=now,
                received_us=received_us,
                market=market,
                delay_ms=round(delay, 3),
                skew_ms=round(delay - middle, 3),
                tolerance_ms=tolerance,
                within_tolerance=abs(delay - middle) <= tolerance,
            )
            for market, delay in sorted(self.least.items())
        ]
        self.least.clear()
        return told
