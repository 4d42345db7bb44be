"""What went on around an order: how restless mid was, and what stood near it."""

from math import sqrt

import msgspec

from processors.engine.verdict.mid_steps import MidSteps
from schemas.signals import Side
from schemas.units import SECOND_MS


class Depth(msgspec.Struct, frozen=True):
    """The notional of each side within the pattern distance of mid, USD."""

    time: int
    bid_usd: float
    ask_usd: float

    def of(self, side: Side) -> float:
        """Return the depth of a side."""
        return self.bid_usd if side is Side.BID else self.ask_usd


class Surroundings(msgspec.Struct):
    """Mids and depths at the full seconds of the last minute and of the last moments."""

    mids: list[tuple[int, float]] = []
    """(time in ms, mid), oldest first."""
    depths: list[Depth] = []
    sigma_bps: float = 0.0
    """Standard deviation of the change of mid in a second; 0 while it is not known."""

    def remember(
        self, depth: Depth, mid: float, steps: MidSteps, mids_ms: int, depths_ms: int
    ) -> None:
        """Note a full second; forget what lies too far back. `steps` are those of the mids."""
        if not self.mids:
            steps.clear()
        steps.add(depth.time, mid)
        steps.forget_before(depth.time - mids_ms)
        self.mids.append((depth.time, mid))
        while self.mids[0][0] < depth.time - mids_ms:
            del self.mids[0]
        self.depths.append(depth)
        while self.depths[0].time < depth.time - depths_ms:
            del self.depths[0]
        self.sigma_bps = steps.sigma_bps()

    def noise_bps(self, life_ms: int) -> float:
        """Return how far mid wanders by itself in a life (standard deviation), bps."""
        return self.sigma_bps * sqrt(max(life_ms, 0) / SECOND_MS)

    def before(self, time: int, within_ms: int) -> Depth | None:
        """Return the last depth noted before `time` (ms), if it is not older than `within_ms`."""
        for depth in reversed(self.depths):
            if depth.time < time:
                return depth if depth.time >= time - within_ms else None
        return None

    def most(self, side: Side, since: int) -> float:
        """Return the largest depth of a side noted at or after `since` (ms), USD."""
        return max((depth.of(side) for depth in self.depths if depth.time >= since), default=0.0)

    def clear(self) -> None:
        """Forget everything: the book was lost."""
        self.mids.clear()
        self.depths.clear()
        self.sigma_bps = 0.0
