"""The actors: each places large orders with one characteristic behaviour.

An actor is stepped with the market until `step` returns False. Sizes, distances and times are
drawn when it is created.
"""

from typing import Protocol

from ingest.exchange.market.book import Side
from ingest.exchange.market.desk import Assault, Desk, Wall

_APPROACH_TICKS = 3
"""A spoof wall is pulled when the price comes this near."""
_SPOOF_FILL = 0.2
_SWEEP_FILL = 0.3
_DRIFT_BPS_PER_S = 1.1


class Actor(Protocol):
    """A participant with large orders."""

    def step(self, desk: Desk, now_ms: int) -> bool:
        """Act at `now_ms`; return False once everything is over."""
        ...


class Spoofer:
    """Shows a wall near the touch and pulls it before it can trade."""

    def __init__(self, desk: Desk, side: Side) -> None:
        self._side = side
        self._life_ms = desk.rng.randint(700, 2_300)
        self._distance_bps = desk.rng.uniform(2.5, 4.5)
        self._usd = desk.rng.uniform(*desk.spec.wall_usd) * desk.rng.choice((1.0, 1.0, 2.0))
        self._wall: Wall | None = None

    def step(self, desk: Desk, now_ms: int) -> bool:
        """Place, wait, pull."""
        if self._wall is None:
            self._wall = desk.place(
                "spoofer", "SPOOF", self._side, self._distance_bps, self._usd, now_ms
            )
            return self._wall is not None
        wall = self._wall
        wall.look()
        age_ms = now_ms - wall.episode.started_ms
        approached = wall.distance_ticks() <= _APPROACH_TICKS and age_ms >= 500
        if age_ms < self._life_ms and not approached:
            return True
        wall.pull(now_ms)
        wall.episode.clean = wall.fill < _SPOOF_FILL
        return False


class Layerer:
    """Several walls on one side, pulled together."""

    def __init__(self, desk: Desk, side: Side) -> None:
        self._side = side
        self._life_ms = desk.rng.randint(3_600, 6_500)
        self._distances_bps = [2.5 + 0.8 * layer + desk.rng.random() * 0.4 for layer in range(4)]
        low, high = desk.spec.wall_usd
        self._usd = [desk.rng.uniform(low, (low + high) / 2) for _ in self._distances_bps]
        self._walls: list[Wall] = []

    def step(self, desk: Desk, now_ms: int) -> bool:
        """Place one layer a step, then pull all of them in one."""
        layer = len(self._walls)
        if layer < len(self._usd):
            wall = desk.place(
                "layerer",
                "MANIPULATION",
                self._side,
                self._distances_bps[layer],
                self._usd[layer],
                now_ms,
            )
            if wall is not None:
                self._walls.append(wall)
                return True
            self._usd = self._usd[:layer]
        if not self._walls:
            return False
        if now_ms - self._walls[-1].episode.started_ms < self._life_ms:
            return True
        for wall in self._walls:
            wall.pull(now_ms)
            wall.episode.clean = wall.fill < _SPOOF_FILL
        return False


class Defender:
    """A genuine wall that stays in the book."""

    def __init__(self, desk: Desk, side: Side) -> None:
        self._side = side
        self._life_ms = desk.rng.randint(22_000, 30_000)
        self._distance_bps = desk.rng.uniform(4.5, 6.5)
        self._usd = desk.rng.uniform(*desk.spec.wall_usd)
        self._wall: Wall | None = None

    def step(self, desk: Desk, now_ms: int) -> bool:
        """Place, and stay until the time is over or too much was filled."""
        if self._wall is None:
            expected = "DEFENSIVE_BUY" if self._side is Side.BID else "DEFENSIVE_SELL"
            self._wall = desk.place(
                "defender", expected, self._side, self._distance_bps, self._usd, now_ms
            )
            return self._wall is not None
        wall = self._wall
        left = wall.look()
        if left and now_ms - wall.episode.started_ms < self._life_ms:
            return True
        wall.pull(now_ms)
        wall.episode.clean = wall.fill < _SWEEP_FILL
        return False


class InnocentCancel:
    """A large order far from mid that is cancelled innocently."""

    def __init__(self, desk: Desk, side: Side) -> None:
        self._side = side
        self._life_ms = desk.rng.randint(3_500, 8_000)
        self._distance_bps = desk.rng.uniform(40.0, 80.0)
        self._usd = desk.spec.wall_usd[0] * desk.rng.uniform(1.0, 1.2)
        self._wall: Wall | None = None

    def step(self, desk: Desk, now_ms: int) -> bool:
        """Place, wait, cancel."""
        if self._wall is None:
            self._wall = desk.place(
                "innocent", "UNKNOWN", self._side, self._distance_bps, self._usd, now_ms
            )
            return self._wall is not None
        if now_ms - self._wall.episode.started_ms < self._life_ms:
            return True
        self._wall.pull(now_ms)
        self._wall.episode.clean = self._wall.fill == 0.0
        return False


class Flicker:
    """A market maker whose large quote appears for only a few frames at a time."""

    def __init__(self, desk: Desk, side: Side) -> None:
        self._side = side
        self._left = desk.rng.randint(3, 6)
        self._next_ms = 0
        self._wall: Wall | None = None

    def step(self, desk: Desk, now_ms: int) -> bool:
        """Show for one or two steps, hide for a while, repeat."""
        if self._wall is not None:
            if now_ms - self._wall.episode.started_ms >= desk.rng.choice((50, 100)):
                self._wall.pull(now_ms)
                self._wall.episode.clean = self._wall.fill < _SPOOF_FILL
                self._wall = None
                self._next_ms = now_ms + desk.rng.randint(400, 1_200)
            return True
        if now_ms < self._next_ms:
            return True
        if self._left == 0:
            return False
        self._left -= 1
        usd = desk.spec.wall_usd[0] * desk.rng.uniform(1.0, 1.3)
        distance_bps = desk.rng.uniform(3.0, 6.0)
        self._wall = desk.place("flicker", "FLICKER", self._side, distance_bps, usd, now_ms)
        return self._wall is not None


class Absorbed:
    """A wall that takers absorb; with refills it is an iceberg showing part of its size."""

    GIVE_UP_MS = 25_000
    RUN_MS = 1_500

    def __init__(self, desk: Desk, side: Side, refills: int = 0) -> None:
        rng, spec = desk.rng, desk.spec
        self._side = side
        self._refills = refills
        self._usd = rng.uniform(*spec.sweep_usd) * (0.55 if refills else 1.0)
        self._eat_usd_per_s = rng.uniform(*spec.takers_usd_per_s)
        self._distance_bps = rng.uniform(1.8, 3.0)
        self._calm_ms = rng.randint(1_000, 2_000)
        self._wall: Wall | None = None
        self._first_lots = 0
        self._refill_at_ms: int | None = None
        self._run_until_ms: int | None = None
        self._assault: Assault | None = None

    def step(self, desk: Desk, now_ms: int) -> bool:
        """Place; after a pause start the takers; refill; let the price pass at the end."""
        if self._wall is None:
            expected = "SWEEP_BUY" if self._side is Side.ASK else "SWEEP_SELL"
            name = "iceberg" if self._refills else "absorbed"
            self._wall = desk.place(
                name, expected, self._side, self._distance_bps, self._usd, now_ms
            )
            if self._wall is None:
                return False
            self._first_lots = self._wall.standing
            return True
        if self._run_until_ms is not None:
            if now_ms < self._run_until_ms:
                return True
            self._dismiss(desk)
            return False
        return self._stand(desk, self._wall, now_ms)

    def _stand(self, desk: Desk, wall: Wall, now_ms: int) -> bool:
        left = wall.look()
        age_ms = now_ms - wall.episode.started_ms
        if desk.assault is None and age_ms >= self._calm_ms:
            self._assault = Assault(self._side, wall.tick, self._eat_usd_per_s, _DRIFT_BPS_PER_S)
            desk.assault = self._assault
        if age_ms >= self.GIVE_UP_MS:
            wall.pull(now_ms)
            wall.episode.clean = wall.fill >= _SWEEP_FILL
            self._dismiss(desk)
            return False
        if left and self._refills:
            self._show_more(desk, wall, left, now_ms)
            return True
        if left:
            return True
        wall.pull(now_ms)
        wall.episode.clean = wall.fill >= _SWEEP_FILL
        if self._assault is not None:
            self._assault.running = True
        self._run_until_ms = now_ms + self.RUN_MS
        return True

    def _show_more(self, desk: Desk, wall: Wall, left: int, now_ms: int) -> None:
        assault = self._assault
        if self._refill_at_ms is not None:
            if now_ms >= self._refill_at_ms:
                wall.refill(self._first_lots - left)
                self._refills -= 1
                self._refill_at_ms = None
                if assault is not None:
                    assault.eating = True
        elif left < self._first_lots * 0.15:
            # Takers pause until the refill, so that the level never disappears in between.
            self._refill_at_ms = now_ms + desk.rng.randint(2, 8) * 50
            if assault is not None:
                assault.eating = False

    def _dismiss(self, desk: Desk) -> None:
        """Stop the takers if they attack this wall."""
        if desk.assault is self._assault:
            desk.assault = None
