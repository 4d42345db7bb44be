"""Walls that stand on several markets at once, with the sum of what they are made of."""

import msgspec

from processors.cross.findings import CrossScope, Telling, finding, same_size, total
from processors.cross.orders import OrderLife, OrderMemory
from processors.cross.prices import Prices
from schemas.signals import CrossFinding, CrossKind, CrossStage, Side
from schemas.signals.pulse import OrderStep

TOLD_CHANGE = 0.1
"""A wall is told again when its sum has changed by this share of its largest."""


class Wall(msgspec.Struct):
    """One wall: an order on each of several markets."""

    finding_id: str
    kind: CrossKind
    side: Side
    pieces: list[OrderLife]
    """In the order they joined; those that are gone stay."""
    delay_ms: int
    sequence: int = 0
    max_qty: float = 0.0
    told_qty: float = 0.0

    @property
    def since(self) -> int:
        """When the first piece was first seen, ms."""
        return self.pieces[0].step.first_seen

    @property
    def open_markets(self) -> int:
        """On how many markets it stands."""
        return sum(piece.is_open for piece in self.pieces)


class Walls:
    """Finds walls and follows them until fewer than two markets are left."""

    def __init__(
        self, scope: CrossScope, prices: Prices, memory: OrderMemory, standing: list[Wall]
    ) -> None:
        self._scope, self._settings = scope, scope.settings
        self._prices, self._memory = prices, memory
        self.standing = standing

    def take(self, life: OrderLife, is_new: bool, received_us: int) -> list[CrossFinding]:
        """Take the newest step of an order; return what is to be told."""
        for wall in self.standing:
            if any(piece.order_id == life.order_id for piece in wall.pieces):
                return self._piece_moved(wall, life, received_us)
        if not is_new or not life.is_open or not life.step.birth_known:
            return []
        return self._join(life, received_us) or self._found(life, received_us)

    def _piece_moved(self, wall: Wall, life: OrderLife, received_us: int) -> list[CrossFinding]:
        place = next(n for n, p in enumerate(wall.pieces) if p.order_id == life.order_id)
        was_open = wall.pieces[place].is_open
        wall.pieces[place] = OrderLife(life.market, life.step)
        self._sum_up(wall)
        stands = total(_steps(wall), "current_qty")
        if wall.open_markets < 2:
            self.standing.remove(wall)
            return [self._tell(wall, CrossStage.CLOSED, life.step.event_time, received_us)]
        if was_open != life.is_open or abs(stands - wall.told_qty) > TOLD_CHANGE * wall.max_qty:
            return [self._tell(wall, CrossStage.CHANGED, life.step.event_time, received_us)]
        return []

    def _join(self, life: OrderLife, received_us: int) -> list[CrossFinding]:
        """Let an order join the wall that it came together with."""
        for wall in self.standing:
            markets = {piece.market for piece in wall.pieces}
            apart = life.step.first_seen - wall.since
            if (
                wall.side is life.step.side
                and life.market not in markets
                and abs(apart) <= self._settings.together_ms + self._settings.tolerance_ms
                and all(self._at_one_price(piece, life) for piece in wall.pieces)
            ):
                wall.pieces.append(OrderLife(life.market, life.step))
                self._sum_up(wall)
                time = life.step.event_time
                return [self._tell(wall, CrossStage.CHANGED, time, received_us)]
        return []

    def _found(self, life: OrderLife, received_us: int) -> list[CrossFinding]:
        """Begin a wall with the order elsewhere that came nearest in time."""
        taken = {piece.order_id for wall in self.standing for piece in wall.pieces}
        options = [
            (abs(life.step.first_seen - other.step.first_seen), other)
            for other in self._memory.elsewhere(life)
            if other.order_id not in taken
            and other.step.birth_known
            and self._stood_together(life, other)
            and self._at_one_price(other, life)
        ]
        if not options:
            return []
        apart, other = min(options, key=lambda option: (option[0], option[1].order_id))
        earlier, later = sorted((other, life), key=lambda o: (o.step.first_seen, o.order_id))
        kind = self._kind(earlier.step, later.step, apart)
        if kind is None:
            return []
        wall = Wall(
            f"{self._scope.key}:{kind.value}:{earlier.order_id}>{later.order_id}",
            kind,
            life.step.side,
            [OrderLife(one.market, one.step) for one in (earlier, later)],
            later.step.first_seen - earlier.step.first_seen,
        )
        self._sum_up(wall)
        if wall.open_markets < 2:
            # It was gone from one of them before the other was told as large.
            wall.max_qty = total(_steps(wall), "max_qty")
            return [self._tell(wall, CrossStage.CLOSED, life.step.event_time, received_us)]
        self.standing.append(wall)
        return [self._tell(wall, CrossStage.OPENED, life.step.event_time, received_us)]

    def _kind(self, earlier: OrderStep, later: OrderStep, apart: int) -> CrossKind | None:
        settings = self._settings
        if apart <= settings.together_ms + settings.tolerance_ms:
            return CrossKind.WALL
        if apart > settings.copied_ms + settings.tolerance_ms:
            return None
        same = same_size(earlier.max_qty, later.max_qty, settings.size_tolerance)
        return CrossKind.COPIED if same else None

    def _stood_together(self, life: OrderLife, other: OrderLife) -> bool:
        return other.stood_at(
            max(life.step.first_seen, other.step.first_seen) + self._settings.tolerance_ms
        )

    def _at_one_price(self, one: OrderLife, other: OrderLife) -> bool:
        if not self._prices.knows(one.market, other.market):
            return False
        apart = self._prices.apart_bps(one.market, one.step.price, other.market, other.step.price)
        return apart <= self._settings.within_bps

    def _sum_up(self, wall: Wall) -> None:
        wall.max_qty = max(wall.max_qty, total(_steps(wall), "current_qty"))

    def _tell(self, wall: Wall, stage: CrossStage, time: int, received_us: int) -> CrossFinding:
        telling = Telling(
            wall.finding_id,
            wall.sequence,
            wall.kind,
            stage,
            time,
            received_us,
            wall.delay_ms,
            wall.max_qty,
        )
        wall.sequence += 1
        wall.told_qty = total(_steps(wall), "current_qty")
        return finding(self._scope, self._prices, telling, wall.pieces)


def _steps(wall: Wall) -> list[OrderStep]:
    return [piece.step for piece in wall.pieces]
