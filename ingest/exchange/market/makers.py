"""The many small makers: they fill the book, follow the price and requote."""

import random

from ingest.exchange.market.book import Book, Side
from ingest.exchange.market.spec import SymbolSpec

_SIGMA = 1.25
"""Standard deviation of log level notional (heavy-tailed)."""
_NEAR_TICKS = 15
_NEAR_ZONE_BPS = 2.0
_OCCUPIED_NEAR = 0.85
_GONE = 0.2
"""Share of requotes that remove the level."""
_MAX_JUMP_TICKS = 400
_ROUND = 100
_ROUND_BONUS = 2.5


class Makers:
    """Keeps the ordinary levels of one book."""

    def __init__(self, spec: SymbolSpec, book: Book, rng: random.Random) -> None:
        self._spec = spec
        self._book = book
        self._rng = rng
        self._reach_ticks = max(spec.levels * 1.05, spec.reach_bps * spec.ticks_per_bps)
        self._far_ticks = self._reach_ticks / 4
        self._near_zone_ticks = max(10.0, _NEAR_ZONE_BPS * spec.ticks_per_bps)

    def fill(self, touch: int) -> None:
        """Build the book around `touch`, the highest bid."""
        for side, best in ((Side.BID, touch), (Side.ASK, touch + 1)):
            self._quote(side, best, 0)
            offset, placed = 1, 1
            # Dense near the touch, sparser outwards; the last levels are at the maximum distance.
            while placed < self._spec.levels and offset < self._reach_ticks:
                self._quote(side, best + side.outward * offset, offset)
                placed += 1
                left = max(1, self._spec.levels - placed)
                widest = max(1.0, 2.0 * (self._reach_ticks - offset) / left - 1.0)
                growth = min(1.0, offset / self._reach_ticks + placed / self._spec.levels / 3)
                offset += 1 + int(self._rng.random() * widest * growth)

    def follow(self, touch: int) -> None:
        """Move the quotes so that `touch` is the best bid and the next tick the best ask.

        No wall may stand in the way.
        """
        book, random_ = self._book, self._rng.random
        for side, best in ((Side.BID, touch), (Side.ASK, touch + 1)):
            out = side.outward
            while book.best(side) and (book.best(side) - best) * out < 0:
                book.quote(side, book.best(side), 0)
            start = book.best(side) or best + out * _NEAR_TICKS
            gap = min(abs(start - best), _MAX_JUMP_TICKS)
            for offset in range(gap):
                if offset == 0 or random_() < _OCCUPIED_NEAR:
                    self._quote(side, best + out * offset, offset)

    def requote(self, touch: int, steps: float) -> None:
        """Requote some levels; `steps`: elapsed time in units of 50 ms."""
        self._some(touch, self._spec.near_updates * steps, _NEAR_TICKS)
        self._some(touch, self._spec.far_updates * steps, self._far_ticks)

    def trim(self, touch: int) -> None:
        """Drop levels that the price has left behind and keep the number of levels."""
        book, spec = self._book, self._spec
        for side in Side:
            out = side.outward
            levels = book.levels[side]
            limit = touch + out * self._reach_ticks * 1.2
            for tick in [t for t in levels if (t - limit) * out > 0]:
                self._set(side, tick, 0)
            for _ in range(max(0, spec.levels - len(levels))):
                offset = int(self._rng.random() * self._reach_ticks)
                tick = touch + out * offset + (1 if side is Side.ASK else 0)
                if tick not in levels:
                    self._quote(side, tick, offset)
            surplus = len(levels) - int(spec.levels * 1.15)
            if surplus > 0:
                inner = touch + out * self._near_zone_ticks
                candidates = [t for t in levels if (t - inner) * out > 0]
                for tick in self._rng.sample(candidates, min(surplus, len(candidates))):
                    self._set(side, tick, 0)

    def _some(self, touch: int, count: float, scale_ticks: float) -> None:
        random_, expovariate, makers = self._rng.random, self._rng.expovariate, self._book.makers
        bid, ask, per_tick = Side.BID, Side.ASK, 1.0 / scale_ticks
        for _ in range(int(count + random_())):
            side = bid if random_() < 0.5 else ask
            offset = int(expovariate(per_tick))
            if offset > self._reach_ticks:
                continue
            tick = touch - offset if side is bid else touch + 1 + offset
            if offset and makers(side, tick) and random_() < _GONE:
                self._set(side, tick, 0)
            else:
                self._quote(side, tick, offset)

    def _quote(self, side: Side, tick: int, offset: int) -> None:
        if tick > 0:
            self._set(side, tick, self._size(tick, offset))

    def _set(self, side: Side, tick: int, lots: int) -> None:
        # Makers do not requote a wall's level, so any decrease there is a trade or the owner's
        # cancel.
        if tick not in self._book.walls[side]:
            self._book.quote(side, tick, lots)

    def _size(self, tick: int, offset: int) -> int:
        spec = self._spec
        if offset == 0:
            median = spec.touch_usd
        else:
            share = min(1.0, offset / self._near_zone_ticks)
            median = spec.near_usd + (spec.far_usd - spec.near_usd) * share
        if tick % _ROUND == 0:
            median *= _ROUND_BONUS
        usd = median * self._rng.lognormvariate(0.0, _SIGMA)
        return spec.lots(min(usd, spec.cap_usd), tick)
