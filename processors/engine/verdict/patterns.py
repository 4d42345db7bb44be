"""What was pulled lately on a symbol: single orders repeat, campaigns show."""

import msgspec

from schemas.settings import ClassifySettings
from schemas.signals import Side


class Pull(msgspec.Struct, frozen=True):
    """An order that was cancelled or shrunk away."""

    time: int
    side: Side
    price: float
    is_spoof: bool


class PatternMemory(msgspec.Struct):
    """Pulls within the pattern window, oldest first."""

    pulls: list[Pull] = []

    def add(self, pull: Pull) -> None:
        """Remember a pull; times never run backwards."""
        self.pulls.append(pull)

    def acquit(self, side: Side, price: float, time: int) -> None:
        """Note that a pull was no SPOOF after all."""
        for number, pull in enumerate(self.pulls):
            if (pull.side, pull.price, pull.time) == (side, price, time):
                self.pulls[number] = Pull(time, side, price, is_spoof=False)

    def forget_before(self, time: int) -> None:
        """Drop what happened before `time` (ms)."""
        while self.pulls and self.pulls[0].time < time:
            del self.pulls[0]

    def spoofs_near(self, side: Side, price: float, now: int, settings: ClassifySettings) -> int:
        """Count SPOOFs on a side within the pattern window and distance."""
        since = now - settings.pattern_window_ms
        reach = price * settings.pattern_bps / 10_000
        return sum(
            pull.is_spoof
            and pull.side is side
            and pull.time >= since
            and abs(pull.price - price) <= reach
            for pull in self.pulls
        )

    def pulls_near(self, side: Side, price: float, now: int, settings: ClassifySettings) -> int:
        """Count all pulls on a side within the pattern window and distance."""
        since = now - settings.pattern_window_ms
        reach = price * settings.pattern_bps / 10_000
        return sum(
            pull.side is side and pull.time >= since and abs(pull.price - price) <= reach
            for pull in self.pulls
        )

    def layered(self, side: Side, now: int, settings: ClassifySettings) -> int:
        """Count pulls on a side within the layering window."""
        since = now - settings.layering_window_ms
        return sum(pull.side is side and pull.time >= since for pull in self.pulls)

    def spoof_count(self, since: int) -> int:
        """Count SPOOFs at or after `since` (ms)."""
        return sum(pull.is_spoof and pull.time >= since for pull in self.pulls)
