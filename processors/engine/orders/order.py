"""One tracked price level: its quantity is conserved through every update of its life."""

from collections.abc import Iterator
from typing import Final

import msgspec

from processors.engine.orders.chain import Link
from processors.engine.orders.cluster import Piece
from processors.engine.orders.level.split import Split, split_change
from processors.engine.plain_sum import plain_sum
from schemas.settings import LifecycleSettings
from schemas.signals import Classification, CloseReason, OrderState, Side
from schemas.units import NEVER_MS

QUANTITIES: Final = (
    "initial",
    "current",
    "maximum",
    "added",
    "traded",
    "cancelled",
    "hidden",
    "unexplained",
    "dip_from",
)
"""The fields of a tracked order that are numbers of lots."""


class Cancel(msgspec.Struct):
    """Quantity that was taken for cancelled, and when it vanished: after `since` up to `time`."""

    since: int
    time: int
    lots: int


class TrackedOrder(msgspec.Struct, kw_only=True):
    """A level of at least the threshold, or several that are together. Quantities are whole lots,
    times ms, values USD.

    The quantities of several levels are the sums of their pieces, and each piece conserves its own.
    """

    side: Side
    price: float
    first_seen: int
    birth_known: bool
    threshold_usd: float
    lots_per_base: int = 10**8
    """Quantity unit; the default is that of states written before it was stored."""
    initial: int
    current: int
    maximum: int
    added: int = 0
    traded: int = 0
    cancelled: int = 0
    hidden: int = 0
    unexplained: int = 0
    cancels: list[Cancel] = []
    """Cancels of the last seconds, in case trades of that time turn out to be missing."""
    first_update: int
    """Number of the depth update that showed it first; observations are counted from there."""
    opened: bool = False
    persistent: bool = False
    consuming: bool = False
    """Below the exit line through trades: open until it is gone or no trade comes any more."""
    last_traded: int = 0
    sequence: int = 0
    refills: int = 0
    dip_from: int = 0
    """Quantity before the consumption that a refill has to make good; 0 while there is none."""
    impact: float = 0.0
    impact_side: float = 0.0
    max_impact: float = 0.0
    distance_open: float = 0.0
    distance_min: float = 0.0
    distance: float = 0.0
    classification: Classification = Classification.UNKNOWN
    is_suspect: bool = False
    """It continues a chain that is a manipulation, so no short life makes it a flicker."""
    formed: int = 0
    """When the pieces of a cluster reached the threshold together, ms."""
    pieces: list[Piece] = []
    """The levels of a cluster; empty for an order on one level, which is `price`."""
    layers: int = 1
    """How many layers a cluster is by itself; pieces on neighbouring ticks are one."""
    child: "TrackedOrder | None" = None
    """What was put on top of it, and goes first."""
    parent_id: str | None = None
    link: Link | None = None
    """Its place in a chain; None while it is the first and only one."""
    before_usd: float = -1.0
    """Depth of its side between mid and its price, at the last look; negative before the first."""
    path_ratio: float = 0.0
    """Its share of what a taker has to take to get through it, in [0, 1]."""
    path_ratio_max: float = 0.0
    unseen_since: int = 0
    """Since when the venue shows none of its levels, ms; 0 while it is in view."""

    absorbing: bool = False
    """It stood against much taker volume and still showed at least half of its size."""

    def take(
        self,
        new: int,
        taken: int,
        now: int,
        settings: LifecycleSettings,
        *,
        since: int,
        kept_ms: int,
        sound: bool = True,
    ) -> Split:
        """Apply one change of the level to `new` lots, `taken` of them by takers, that came about
        after `since` up to `now` (ms), while the trades were `sound` or not; its cancels are
        remembered for `kept_ms`."""
        split = split_change(self.current, new, taken, sound=sound)
        self.absorb(split, new, since, now, settings, kept_ms)
        return split

    def absorb(
        self,
        split: Split,
        new: int,
        since: int,
        now: int,
        settings: LifecycleSettings,
        kept_ms: int,
    ) -> None:
        """Apply one change of the level to `new` lots that came about after `since` up to `now`."""
        old = self.current
        self.added += split.added
        self.traded += split.traded
        self.cancelled += split.cancelled
        self.unexplained += split.unexplained
        self.current = new
        self.maximum = max(self.maximum, new)
        self._follow_refill(old, split, now, settings)
        if split.traded:
            self.last_traded = now
        if split.cancelled:
            oldest = now - kept_ms
            self.cancels = [cancel for cancel in self.cancels if cancel.time >= oldest]
            self.cancels.append(Cancel(since, now, split.cancelled))
        self.hide(split.hidden, settings)

    def hide(self, lots: int, settings: LifecycleSettings) -> None:
        """Count taker volume at its price that the displayed quantity did not lose."""
        self.hidden += lots
        # Half eaten is no defence yet: somebody has to have put more behind it.
        behind = self.absorbed_ratio + self.current / self.maximum
        if (
            self.absorbed_ratio >= settings.absorb_ratio
            and 2 * self.current >= self.maximum
            and behind >= 1 + settings.absorb_ratio / 2
        ):
            self.absorbing = True

    def doubt(self, since: int, until: int) -> bool:
        """Take back the cancels of a time in which trades were missing, from `since` to `until`
        (ms, inclusive). Tells whether there were any."""
        doubted = 0
        for cancel in self.cancels:
            if cancel.since < until and cancel.time >= since:
                doubted += cancel.lots
                cancel.lots = 0
        self.cancelled -= doubted
        self.unexplained += doubted
        return doubted > 0

    def doubt_lots(self, lots: int) -> int:
        """Take back cancels of up to `lots` lots, the latest first: they may have been trades.
        Returns how many lots there were."""
        doubted = 0
        for cancel in reversed(self.cancels):
            share = min(cancel.lots, lots - doubted)
            cancel.lots -= share
            doubted += share
        self.cancelled -= doubted
        self.unexplained += doubted
        return doubted

    def exit_reason(self, split: Split, exit_fraction: float) -> CloseReason | None:
        """Return why the last change ended the order, None while it goes on.

        The exit line is `exit_fraction` of the threshold at opening.

        A fall below the exit line by cancel ends it at once; one by trades leaves it open as being
        consumed until the level is gone.
        """
        if self.value_usd >= exit_fraction * self.threshold_usd:
            self.consuming = False
            return None
        if self.unseen_since:
            return CloseReason.LOST_VIEW
        by_cancel = split.cancelled >= split.traded and split.cancelled > 0
        if self.current == 0:
            if self.consuming:
                return CloseReason.FILLED
            if split.unexplained > max(split.traded, split.cancelled):
                return CloseReason.UNEXPLAINED
            return CloseReason.CANCELLED if by_cancel else CloseReason.FILLED
        if by_cancel and not self.consuming:
            return CloseReason.SHRUNK
        self.consuming = True
        return None

    def timeout_reason(self, now: int, settings: LifecycleSettings) -> CloseReason | None:
        """Return how a consumed order ended once no trade has come for the consume timeout."""
        if not self.consuming or now - self.last_traded < settings.consume_timeout_ms:
            return None
        if self.unexplained > max(self.traded, self.cancelled):
            return CloseReason.UNEXPLAINED
        return CloseReason.FILLED if self.traded >= self.cancelled else CloseReason.SHRUNK

    def observations(self, update: int) -> int:
        """Return the number of depth updates, up to number `update`, that it was seen in."""
        return update - self.first_update + 1

    def place(self, mid: float) -> None:
        """Note the distance from the middle price at which it was first seen."""
        self.distance = self.distance_open = self.distance_min = self._distance_from(mid)

    def move_mid(self, mid: float, low: float, high: float) -> None:
        """Note the distance from a new middle price that went from `low` to `high` on its way."""
        nearest = min(max(self.price, low), high)
        self.distance = self._distance_from(mid)
        self.distance_min = min(self.distance_min, self._distance_from(nearest))

    def weigh(self, depth_usd: float, side_depth_usd: float) -> None:
        """Note the impact: the share of its value in the notional of the top levels."""
        value_usd = self.value_usd
        self.impact = value_usd / depth_usd if depth_usd > 0 else 0.0
        self.impact_side = value_usd / side_depth_usd if side_depth_usd > 0 else 0.0
        self.max_impact = max(self.max_impact, self.impact)
        self._weigh_path(value_usd)

    def stands_behind(self, before_usd: float) -> None:
        """Note the depth of its side between mid and its price, USD."""
        self.before_usd = before_usd
        self._weigh_path(self.value_usd)

    def family(self) -> "Iterator[TrackedOrder]":
        """Iterate over the orders of its level: itself, then what was put on top, in that order."""
        order: TrackedOrder | None = self
        while order is not None:
            yield order
            order = order.child

    def prices(self) -> list[float]:
        """Return the price of each level that it stands on."""
        return [piece.price for piece in self.pieces] or [self.price]

    def piece(self, price: float) -> Piece:
        """Return the piece of a cluster at `price`."""
        return next(piece for piece in self.pieces if piece.price == price)

    def qty(self, lots: int) -> float:
        """Return lots as a quantity in base currency."""
        return lots / self.lots_per_base

    def rescale(self, factor: int) -> None:
        """Go over to a lot that is finer by `factor`."""
        self.lots_per_base *= factor
        for name in QUANTITIES:
            setattr(self, name, getattr(self, name) * factor)
        for cancel in self.cancels:
            cancel.lots *= factor
        for piece in self.pieces:
            piece.rescale(factor)

    @property
    def value_usd(self) -> float:
        """Notional of what stands now."""
        return self.price * (self.current / self.lots_per_base)

    def pulled_share(self, since: int) -> float:
        """Return the share of its largest quantity that was cancelled at or after `since` (ms)."""
        lots = plain_sum(cancel.lots for cancel in self.cancels if cancel.time >= since)
        return min(1.0, lots / self.maximum)

    @property
    def fill_ratio(self) -> float:
        """The least that was filled: traded against the largest quantity shown."""
        return self.traded / self.maximum

    @property
    def absorbed_ratio(self) -> float:
        """Taker volume at its price against the largest quantity shown; can exceed 1."""
        return (self.traded + self.hidden) / self.maximum

    @property
    def fill_max(self) -> float:
        """The most that can have been filled, against the largest quantity shown."""
        return (self.traded + self.hidden + self.unexplained) / self.maximum

    def state(self, reason: CloseReason | None) -> OrderState:
        """Return the state after a step that closed it for `reason`, or did not."""
        if reason is not None:
            return OrderState.CLOSED
        return OrderState.PERSISTENT if self.persistent else OrderState.OPEN

    def proven_at(self, settings: LifecycleSettings) -> int:
        """Return the time (ms) from which it is no flicker."""
        if self.is_suspect:
            # Not at its birth: a book that is lost and found at the same time begins it anew.
            return self.first_seen + 1
        return max(self.first_seen, self.formed) + settings.min_lifetime_ms

    def next_due(self, settings: LifecycleSettings) -> int:
        """Return the time (ms) from which the passing of time alone can change its state."""
        due = NEVER_MS
        if not (self.opened or self.unseen_since):
            due = self.proven_at(settings)
        elif self.opened and not (self.persistent or self.unseen_since):
            due = self.first_seen + settings.persistent_ms
        if self.consuming:
            due = min(due, self.last_traded + settings.consume_timeout_ms)
        return due

    def _weigh_path(self, value_usd: float) -> None:
        if self.before_usd < 0:
            return
        total = value_usd + self.before_usd
        self.path_ratio = value_usd / total if total > 0 else 0.0
        self.path_ratio_max = max(self.path_ratio_max, self.path_ratio)

    def _distance_from(self, mid: float) -> float:
        return abs(self.price - mid) / mid * 10_000

    def _follow_refill(self, old: int, split: Split, now: int, settings: LifecycleSettings) -> None:
        fraction = settings.refill_fraction
        if self.dip_from and now - self.last_traded > settings.refill_ms:
            self.dip_from = 0
        if split.traded and not self.dip_from:
            self.dip_from = old
        elif (
            split.added
            and self.dip_from
            and old < fraction * self.dip_from
            and self.current >= fraction * self.dip_from
        ):
            self.refills += 1
            self.dip_from = 0
