"""When an action is emitted: on a change of what it says, and as a sign of life."""

import msgspec

from processors.engine.readings.actions import ActionReading
from schemas.settings import ActionSettings
from schemas.signals import FinalAction


class ActionState(msgspec.Struct):
    """The last emitted action, and the mids that the price change is taken from."""

    final_action: FinalAction | None = None
    buy_score: float = 0.0
    sell_score: float = 0.0
    spoof_count: int = 0
    emitted_at: int = 0
    same_time: int = 0
    """Number of the last action among those emitted at emitted_at; makes their ids different."""
    mids: list[tuple[int, float]] = []
    """(time in ms, mid) at each second of the action memory, oldest first."""

    def remember_mid(self, now: int, mid: float, memory_ms: int) -> None:
        """Note the mid of a second; forget those older than the memory."""
        self.mids.append((now, mid))
        while self.mids[0][0] < now - memory_ms:
            del self.mids[0]

    def price_change(self) -> float | None:
        """Return the change of mid over the memory, None while there are fewer than two."""
        return self.mids[-1][1] - self.mids[0][1] if len(self.mids) > 1 else None

    def due(
        self, now: int, reading: ActionReading, spoof_count: int, settings: ActionSettings
    ) -> int | None:
        """Return the number of the action within its millisecond if it is to be emitted."""
        same = (
            reading.final_action is self.final_action
            and abs(reading.buy_score - self.buy_score) < settings.score_step
            and abs(reading.sell_score - self.sell_score) < settings.score_step
            and spoof_count == self.spoof_count
        )
        if same and now - self.emitted_at < settings.repeat_ms:
            return None
        # With an alignment a depth update is placed after the second that it lies before.
        self.same_time = self.same_time + 1 if now <= self.emitted_at else 0
        self.final_action = reading.final_action
        self.buy_score, self.sell_score = reading.buy_score, reading.sell_score
        self.spoof_count, self.emitted_at = spoof_count, max(now, self.emitted_at)
        return self.same_time
