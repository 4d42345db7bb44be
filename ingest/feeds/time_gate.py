"""Refuses stated times that are ahead of the venue's own clock. Pure.

Watermarks never run backwards, so one frame stamped an hour ahead would freeze its symbol for an
hour. Times in the past need no bound but that of their unit; they are late. The venue's clock is
known in two ways:

- Paced: the venue's clock is the local clock plus an offset, which is the largest difference
  between a stated time and its receive time over the least delayed frames of the last minutes.
- Unpaced: the market is replayed from the past or at another speed, so the local clock says
  nothing. A time that jumps ahead of all streams is held until the next one confirms it; where
  several symbols are followed, one of another symbol: a market that jumps jumps for all.
"""

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Callable, Sequence
from statistics import median
from typing import Final, Generic, TypeVar

from schemas.units import DAY_MS, EARLIEST_MS, LATEST_MS

UNLEARNED_MS: Final = 3_000.0
"""Added to the limit until the offset is learned: clocks off by seconds are common."""
MAX_JUMP_MS: Final = 10_000.0
"""Unpaced: a larger jump ahead of all streams needs confirmation."""
REPLAYED_MS: Final = -600_000.0
"""A venue clock this far behind the local one means a replay of the past."""
SLOT_MS: Final = 250.0
SLOTS: Final = 1_200
"""Window over which the offset is learned: five minutes."""
OUTLIER_SLOTS: Final = 6
"""Largest slots ignored, so that a few frames cannot move the offset."""
LEARNED_SLOTS: Final = 20
FAST_SLOTS: Final = 3
FAST_MS: Final = 60.0
"""A difference that grows by this much in each of so many slots means a replay above real time."""
FIRST_HOLD_MS: Final = 500.0
MOST_HELD: Final = 100
LONGEST_HELD_MS: Final = 5_000.0
"""So many times of one symbol, or so long, and no other is waited for: the rest may be at rest."""
STEP_FRAMES: Final = 20
STEP_MS: Final = 30_000.0
"""So many consecutive refusals over all streams for this long mean a wrong local clock."""
SAMPLE_FRAMES: Final = 20
MAX_OFFSET_MS: Final = float(DAY_MS)
"""Largest error of a local clock that is still trusted."""

T = TypeVar("T")


class TimeGate(Generic[T]):
    """The gate of one venue; shared by all its streams, polls and snapshots."""

    __slots__ = (
        "_closed",
        "_doubted_ms",
        "_fast_slots",
        "_first_symbol",
        "_has_several",
        "_held",
        "_held_ms",
        "_held_symbol",
        "_is_paced",
        "_max_ahead_ms",
        "_newest",
        "_offset_ms",
        "_ranked",
        "_refuse",
        "_refused_in_row",
        "_slot",
        "_slot_max",
        "_start_ms",
        "refused",
    )

    def __init__(
        self,
        max_ahead_ms: int,
        refuse: Callable[[T, str], None],
        differences_ms: Sequence[float] = (),
    ) -> None:
        """`max_ahead_ms`: limit above the learned clock, 0: unpaced; `refuse(item, reason)` gets
        items not admitted; `differences_ms`: stated minus receive time of some frames, if
        known beforehand."""
        self._max_ahead_ms = max_ahead_ms
        self._refuse = refuse
        self._is_paced: bool | None = None if max_ahead_ms else False
        """None before the first time."""
        self._newest = 0
        self._held: list[tuple[T, int]] = []
        """Items and their times that wait for confirmation."""
        self._held_symbol = ""
        self._held_ms = 0.0
        self._first_symbol = ""
        self._has_several = False
        self._start_ms: float | None = None
        """Wall clock minus steady clock at the first frame, ms."""
        self._offset_ms = 0.0
        self._closed: deque[float] = deque(maxlen=SLOTS)
        self._ranked: list[float] = []
        """The same by size."""
        self._slot = 0.0
        self._slot_max: float | None = None
        self._fast_slots = 0
        self._refused_in_row = 0
        self._doubted_ms = 0.0
        self.refused = 0
        """Times refused since the start."""
        if max_ahead_ms and len(differences_ms) >= SAMPLE_FRAMES:
            middle_ms = median(differences_ms)
            self._is_paced = REPLAYED_MS <= middle_ms <= MAX_OFFSET_MS
            near = [one for one in differences_ms if one <= middle_ms + max_ahead_ms]
            self._offset_ms = max(near)
            self._closed.extend([self._offset_ms] * LEARNED_SLOTS)
            self._ranked = sorted(self._closed)

    @property
    def knows_time(self) -> bool:
        """Whether any time was admitted: before that, nothing can be compared with it."""
        return self._newest > 0

    @property
    def is_paced(self) -> bool:
        """Whether `fault` alone decides: then nothing is held, and `admit` need not be asked."""
        return bool(self._is_paced)

    def admit(
        self, item: T, stated_ms: int, received_us: int, now_ms: float, symbol: str = ""
    ) -> Sequence[T]:
        """Return the items that may be processed now, in order.

        `stated_ms`: newest time that the item states; `received_us`: wall clock, us since the
        epoch; `now_ms`: a monotonic clock; `symbol`: whose item it is, empty if nobody's.
        """
        if self._is_paced:
            fault = self.fault(stated_ms, received_us, now_ms)
            if not fault:
                return (item,)
            self._refuse(item, fault)
            return ()
        if self._is_other_unit(stated_ms):
            self._refuse(item, self._not_ms(stated_ms))
            return ()
        difference_ms = self._difference_ms(stated_ms, received_us, now_ms)
        if self._is_paced is None:
            self._is_paced = self._is_near(difference_ms)
            if self._is_paced:
                return self.admit(item, stated_ms, received_us, now_ms, symbol)
        return self._confirmed(item, stated_ms, difference_ms, now_ms, symbol)

    def fault(self, stated_ms: int, received_us: int, now_ms: float) -> str:
        """Return why a time is refused without waiting for confirmation; empty if admitted."""
        if self._is_other_unit(stated_ms):
            return self._not_ms(stated_ms)
        if not self._is_paced:
            ahead_ms = float(stated_ms - self._newest)
            if ahead_ms <= MAX_JUMP_MS or not self._newest:
                return ""
            return self._ahead(stated_ms, ahead_ms)
        difference_ms = self._difference_ms(stated_ms, received_us, now_ms)
        is_learned = len(self._closed) >= LEARNED_SLOTS
        limit_ms = self._max_ahead_ms + (0.0 if is_learned else UNLEARNED_MS)
        # A replay at another speed continues from the newest time of its streams.
        ahead_ms = min(difference_ms - self._offset_ms, stated_ms - self._newest)
        if ahead_ms <= limit_ms:
            self._learn(difference_ms, now_ms)
            self._newest = max(self._newest, stated_ms)
            return ""
        self._doubt(now_ms)
        return self._ahead(stated_ms, ahead_ms)

    def finish(self) -> None:
        """The source is exhausted: refuse an unconfirmed time."""
        self._refuse_held()

    def overdue(self, now_ms: float) -> Sequence[T]:
        """Return the very first item if nothing has confirmed it for a while.

        A capture replay pauses until its first snapshot is fetched, which this item triggers.
        """
        if not self._held or self._newest or now_ms - self._held_ms < FIRST_HOLD_MS:
            return ()
        [(held, held_ms)], self._held = self._held, []
        self._newest = held_ms
        return (held,)

    def _confirmed(
        self, item: T, stated_ms: int, difference_ms: float, now_ms: float, symbol: str
    ) -> Sequence[T]:
        ready: list[T] = []
        if self._held:
            held_ms = self._held[0][1]
            if stated_ms < held_ms - MAX_JUMP_MS:
                self._refuse_held()
            elif self._is_doubtful(symbol, now_ms):
                self._held.append((item, stated_ms))
                return ready
            else:
                ready += [held for held, _ in self._held]
                self._newest = max(self._newest, *(ms for _, ms in self._held))
                self._held = []
        if stated_ms - self._newest > MAX_JUMP_MS:
            self._held = [(item, stated_ms)]
            self._held_ms, self._held_symbol = now_ms, symbol
        else:
            self._first_symbol = self._first_symbol or symbol
            self._has_several = self._has_several or symbol != self._first_symbol
            ready.append(item)
            self._newest = max(self._newest, stated_ms)
            self._is_paced = bool(self._max_ahead_ms) and self._is_near(difference_ms)
        return ready

    def _is_doubtful(self, symbol: str, now_ms: float) -> bool:
        """Whether an item of `symbol` cannot confirm the held ones: it is of their symbol, and
        others are followed."""
        is_same = bool(symbol) and symbol == self._held_symbol and self._has_several
        is_soon = now_ms - self._held_ms < LONGEST_HELD_MS
        return is_same and is_soon and len(self._held) < MOST_HELD

    def _refuse_held(self) -> None:
        held, self._held = self._held, []
        for item, held_ms in held:
            self._refuse(item, self._ahead(held_ms, held_ms - self._newest))

    def _is_other_unit(self, stated_ms: int) -> bool:
        """Return whether a time is not in milliseconds; 0 states none."""
        return stated_ms >= LATEST_MS or 0 < stated_ms < EARLIEST_MS <= self._newest

    def _is_near(self, difference_ms: float) -> bool:
        """Return whether the venue's clock may be learned from the local clock."""
        return REPLAYED_MS <= difference_ms <= self._max_ahead_ms + UNLEARNED_MS

    def _difference_ms(self, stated_ms: int, received_us: int, now_ms: float) -> float:
        wall_ms = received_us / 1_000
        if self._start_ms is None:
            self._start_ms = wall_ms - now_ms
        # Neither a wall clock set back nor a suspended monotonic clock may make a frame early.
        return stated_ms - max(wall_ms, self._start_ms + now_ms)

    def _learn(self, difference_ms: float, now_ms: float) -> None:
        self._refused_in_row = 0
        if self._slot_max is None:
            self._slot, self._slot_max = now_ms, difference_ms
        elif now_ms - self._slot < SLOT_MS:
            self._slot_max = max(self._slot_max, difference_ms)
        else:
            closed = self._closed
            is_faster = bool(closed) and self._slot_max - closed[-1] > FAST_MS
            self._fast_slots = self._fast_slots + 1 if is_faster else 0
            if len(closed) == SLOTS:
                del self._ranked[bisect_left(self._ranked, closed[0])]
            closed.append(self._slot_max)
            insort(self._ranked, self._slot_max)
            self._slot, self._slot_max = now_ms, difference_ms
            if len(closed) >= LEARNED_SLOTS:
                self._offset_ms = self._ranked[-1 - OUTLIER_SLOTS]
            if self._fast_slots >= FAST_SLOTS:
                self._unpace()

    def _doubt(self, now_ms: float) -> None:
        if not self._refused_in_row:
            self._doubted_ms = now_ms
        self._refused_in_row += 1
        if self._refused_in_row >= STEP_FRAMES and now_ms - self._doubted_ms >= STEP_MS:
            self._unpace()

    def _unpace(self) -> None:
        self._is_paced = False
        self._closed.clear()
        self._ranked.clear()
        self._slot_max = None
        self._offset_ms = 0.0
        self._fast_slots = self._refused_in_row = 0

    def _ahead(self, stated_ms: int, ahead_ms: float) -> str:
        self.refused += 1
        return f"stated time {stated_ms} is {ahead_ms:.0f} ms ahead of the venue's clock"

    def _not_ms(self, stated_ms: int) -> str:
        self.refused += 1
        return f"stated time {stated_ms} is not in milliseconds"
