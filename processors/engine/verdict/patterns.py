"""What was pulled lately on a symbol: single orders repeat, campaigns show."""

import msgspec

from processors.engine.plain_sum import plain_sum
from schemas.settings import ClassifySettings, InnocenceSettings
from schemas.signals import Side


class Pull(msgspec.Struct, frozen=True):
    """An order that was cancelled or shrunk away."""

    time: int
    side: Side
    price: float
    is_spoof: bool
    usd: float = 0.0
    """Largest notional."""
    order_id: str = ""
    chain_id: str = ""
    distance_bps: float = 0.0
    """From mid, when it was first seen."""
    first_seen: int = 0


class PatternMemory(msgspec.Struct):
    """The pulls that anybody asks for, oldest first."""

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
        """Count SPOOFs on a side within the pattern window and distance, those of a chain once."""
        since = now - settings.pattern_window_ms
        reach = price * settings.pattern_bps / 10_000
        return len(
            {
                pull.chain_id
                for pull in self.pulls
                if pull.is_spoof
                and pull.side is side
                and pull.time >= since
                and abs(pull.price - price) <= reach
            }
        )

    def pulls_near(self, side: Side, price: float, now: int, settings: ClassifySettings) -> int:
        """Count all pulls on a side within the pattern window and distance."""
        since = now - settings.pattern_window_ms
        reach = price * settings.pattern_bps / 10_000
        return plain_sum(
            pull.side is side and pull.time >= since and abs(pull.price - price) <= reach
            for pull in self.pulls
        )

    def layered(self, side: Side, now: int, settings: ClassifySettings) -> int:
        """Count pulls on a side within the layering window."""
        since = now - settings.layering_window_ms
        return plain_sum(pull.side is side and pull.time >= since for pull in self.pulls)

    def layers_near(self, side: Side, price: float, now: int, settings: ClassifySettings) -> int:
        """Count those of them within the pattern distance of a price."""
        since = now - settings.layering_window_ms
        reach = price * settings.pattern_bps / 10_000
        return plain_sum(
            pull.side is side and pull.time >= since and abs(pull.price - price) <= reach
            for pull in self.pulls
        )

    def pulled_usd(self, side: Side, since: int) -> float:
        """Return what was pulled on a side at or after `since` (ms), USD; of the orders that
        follow each other in a chain the largest counts."""
        largest: dict[str, float] = {}
        for pull in self.pulls:
            if pull.side is side and pull.time >= since:
                largest[pull.chain_id] = max(largest.get(pull.chain_id, 0.0), pull.usd)
        return plain_sum(sorted(largest.values()))

    def is_mirrored(self, mine: Pull, since: int, settings: InnocenceSettings) -> bool:
        """Tell whether an order of like size and distance, that had come at about the same time,
        was pulled on the other side at or after `since` (ms)."""
        tolerance = settings.mirrored_tolerance
        apart_ms = max(settings.withdrawal_ms, tolerance * (mine.time - mine.first_seen))
        return any(
            pull.side is not mine.side
            and pull.time >= since
            and abs(pull.first_seen - mine.first_seen) <= apart_ms
            and abs(pull.usd - mine.usd) <= tolerance * max(pull.usd, mine.usd)
            and abs(pull.distance_bps - mine.distance_bps)
            <= max(
                tolerance * max(pull.distance_bps, mine.distance_bps),
                settings.mirrored_least_bps,
            )
            for pull in self.pulls
        )

    def mark(self, order_id: str, *, is_spoof: bool) -> None:
        """Note whether a pulled order was a SPOOF."""
        for number, pull in enumerate(self.pulls):
            if pull.order_id == order_id:
                self.pulls[number] = msgspec.structs.replace(pull, is_spoof=is_spoof)

    def spoof_count(self, since: int) -> int:
        """Count SPOOFs at or after `since` (ms), those of one chain once."""
        return len({pull.chain_id for pull in self.pulls if pull.is_spoof and pull.time >= since})
