# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
"""A side of the book, compiled: keys and quantities in arrays, the best level last.

The same figures as `plain`, to the last bit: what is summed is summed in the same order, in
doubles, and no two operations are contracted into one (see `build_hook`).

The key of a level is its price, negative for asks, so that keys ascend towards the best level of
either side: there most levels come and go, and few others have to be moved for them. A deleted
level stays with quantity 0, for most of them come back within seconds. An update finds the places
of all its levels at once by bisection, and its new prices are moved in together. Prices that were
deleted are cleared out once they are many.
"""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING
from libc.math cimport INFINITY, fabs, floor, rint
from libc.stdint cimport uint8_t
from libc.stdlib cimport free, qsort, realloc
from libc.string cimport memmove, memset

import numpy as np

from processors.engine.book.sides.change import LevelChange, impossible, negative, twice
from processors.engine.book.sides.packed import IS_NATIVE, PackedLevels
from processors.engine.book.sides.profile import DepthProfile
from processors.engine.book.sides.rings import Rings
from processors.engine.book.sides.standing import Standing
from schemas import units
from schemas.signals import Side

cdef enum:
    # Prices seen empty beyond the snapshot that are remembered: the nearest to the market.
    MAX_EMPTIED = 2_000
    # Deleted levels are cleared out once there are ROOM_FACTOR times as many prices as there were
    # levels, and these more.
    SPARE_PRICES = 1_000
    ROOM_FACTOR = 3
    LEAST_ROOM = 64

cdef double BPS = units.BPS
cdef double CERTAIN = 1e-12
"""A price this much, relative, inside a bucket is in it however its quotient was rounded."""


cdef enum Mark:
    # Of a place while an update runs: somebody watches its price, the update named it.
    WATCHED = 1
    NAMED = 2


cdef struct Named:
    # A level as an update names it, and the place of the first key that is not below its own.
    double key
    double qty
    Py_ssize_t at


cdef struct Level:
    # A level of `PackedLevels`.
    double price
    double qty


cdef object named_price(list stated, Py_ssize_t number, double price):
    """Return the price that an update names, as the object that names it if there is one."""
    return price if stated is None else stated[number][0]


cdef inline double some(double qty) noexcept nogil:
    # What of a level stands: a deleted one, and one of less than nothing, counts for none.
    return qty if qty > 0.0 else 0.0


cdef inline double whole(double parts) noexcept nogil:
    # As rint, which is a call where the processor may be an old one: below 2**51, a sum with 1.5
    # times 2**52 has no room for a fraction and rounds it as rint does.
    cdef double shift = 6755399441055744.0
    return (parts + shift) - shift if parts < 2251799813685248.0 else rint(parts)


cdef int by_key(const void *one, const void *other) noexcept nogil:
    cdef double left = (<Named *> one).key, right = (<Named *> other).key
    return (left > right) - (left < right)


cdef void *resized(void *held, size_t size) except NULL:
    cdef void *room = realloc(held, size)
    if room == NULL:
        raise MemoryError
    return room


# Final, so that its own methods are called directly, or not at all.
@cython.final
cdef class BookSide:
    """Levels of one side. See `plain.BookSide`, whose interface it has."""

    cdef double *_keys
    cdef double *_qtys
    cdef uint8_t *_marks
    cdef Named *_named
    cdef Py_ssize_t _size, _room, _named_room, _limit, _best
    cdef double _sign, _edge
    cdef bint _is_bid
    cdef set _emptied
    cdef object _best_level, _standing, _negative
    # Those of `_standing`, where there is one.
    cdef double[::1] _prices, _usd_up_to

    def __cinit__(self):
        self._keys = self._qtys = NULL
        self._marks = NULL
        self._named = NULL
        self._size = self._room = self._named_room = 0
        self._best = -1

    def __dealloc__(self):
        free(self._keys)
        free(self._qtys)
        free(self._marks)
        free(self._named)

    def __init__(self, side, ordered, levels=(), edge=None, emptied=()):
        self._is_bid = side is Side.BID
        self._sign = 1.0 if self._is_bid else -1.0
        self._edge = edge * self._sign if edge is not None else -INFINITY
        self._emptied = set(emptied)
        self._best_level = self._standing = self._negative = None
        given = sorted(levels, reverse=not self._is_bid)
        self._make_room(len(given))
        self._size = 0
        cdef double price, qty, before = 0.0
        for level in given:
            price, qty = level
            if not price > 0.0:
                raise impossible(level[0])
            if price == before:
                raise twice("snapshot")
            before = price
            if qty < 0.0:
                self._negative = level[0]
            if qty != 0.0:
                self._keys[self._size], self._qtys[self._size] = price * self._sign, qty
                self._size += 1
        self._limit = ROOM_FACTOR * self._size + SPARE_PRICES
        self._find_best()

    def __len__(self):
        return self._count()

    def __iter__(self):
        cdef Py_ssize_t at
        for at in range(self._size):
            if self._qtys[at] > 0.0:
                yield self._level(at)

    def update(
        self,
        levels,
        dict watched,
        double watch_usd,
        double grown_usd=INFINITY,
        double least_qty=0.0,
    ):
        """Apply absolute quantities (0 deletes), each price once. Raises ContradictionError."""
        cdef list stated = None, changes = []
        cdef bytes packed = None
        cdef Py_ssize_t count
        cdef Named one
        cdef Py_ssize_t number, new = 0
        cdef double price, old
        cdef bint known, told, anew = False
        self._standing = None
        if type(levels) is PackedLevels and IS_NATIVE:
            packed = levels.data
            count = len(packed) // sizeof(Level)
            self._take_down(count, watched)
            self._take_down_packed(<const Level *> PyBytes_AS_STRING(packed), count)
        else:
            stated = levels if type(levels) is list else list(levels)
            count = len(stated)
            self._take_down(count, watched)
            self._take_down_stated(stated)
        self._place_all(count + len(watched))
        # Watched prices that have a place are marked there: cheaper than asking for every level.
        cdef bint some_unmarked = self._mark(count, len(watched))
        for number in range(count):
            one = self._named[number]
            price = one.key * self._sign
            known = one.at < self._size and self._keys[one.at] == one.key
            if known:
                if self._marks[one.at] & NAMED:
                    raise twice("update")
                told = self._marks[one.at] & WATCHED
                self._marks[one.at] |= NAMED
                old, self._qtys[one.at] = self._qtys[one.at], one.qty
                if one.at == self._best:
                    anew = True
                elif one.at > self._best and one.qty != 0.0:
                    self._best = one.at
                    anew = True
            else:
                if not price > 0.0:
                    raise impossible(named_price(stated, number, price))
                old = 0.0
                told = some_unmarked and named_price(stated, number, price) in watched
                # Places hold as long as nothing is moved: what is new waits, in front of the rest.
                self._named[new] = one
                new += 1
            if not told and one.qty >= least_qty:
                told = price * one.qty >= watch_usd or price * (one.qty - old) >= grown_usd
            if told:
                stated_price = named_price(stated, number, price)
                empty = self._was_empty(stated_price, one.key, known, old)
                changes.append(tuple.__new__(LevelChange, (stated_price, old, one.qty, empty)))
            if one.qty < 0.0:
                self._negative = named_price(stated, number, price)
        if new > 0 and self._take_in(new):
            anew = True
        if anew:
            self._best_level = None
            self._find_best()
        if self._size > self._limit:
            self._clear_out()
        return changes

    def discard_beyond(self, double price):
        """Forget the levels on the far side of `price`."""
        cdef Py_ssize_t at, first = self._place(price * self._sign)
        if first > 0:
            for at in range(first):
                if self._qtys[at] == 0.0 and self._keys[at] < self._edge:
                    self._emptied.add(self._keys[at] * self._sign)
            self._size -= first
            memmove(self._keys, self._keys + first, self._size * sizeof(double))
            memmove(self._qtys, self._qtys + first, self._size * sizeof(double))
            self._standing = self._best_level = None
            self._best = -1
            self._find_best()
        if len(self._emptied) + self._zeros_beyond_edge() > 2 * MAX_EMPTIED:
            self._clear_out()
            nearest_first = sorted(self._emptied, reverse=self._is_bid)
            self._emptied = set(nearest_first[:MAX_EMPTIED])

    def emptied(self):
        """Return the prices beyond the edge that were seen to be empty, towards the best level."""
        cdef Py_ssize_t at
        cdef list prices = list(self._emptied)
        for at in range(self._size):
            if self._qtys[at] == 0.0 and self._keys[at] < self._edge:
                prices.append(self._keys[at] * self._sign)
        return sorted(prices, reverse=not self._is_bid)

    def best(self):
        """Return the best level, or None where the side is empty."""
        if self._best_level is None and self._best >= 0:
            self._best_level = self._level(self._best)
        return self._best_level

    def check_quantities(self):
        """Raise ContradictionError where a quantity is negative."""
        if self._negative is not None:
            raise negative(self._negative)

    def qty(self, double price):
        """Return the quantity at a price (base), 0 where no level stands."""
        cdef double key = price * self._sign
        cdef Py_ssize_t at = self._place(key)
        return self._qtys[at] if at < self._size and self._keys[at] == key else 0.0

    def top(self, Py_ssize_t count):
        """Return up to `count` levels from the best one outwards."""
        cdef list found = []
        cdef Py_ssize_t at = self._best
        while at >= 0 and len(found) < count:
            if self._qtys[at] != 0.0:
                found.append(self._level(at))
            at -= 1
        return found

    def top_usd(self, Py_ssize_t count):
        """Return the notional of the best `count` levels, quote currency."""
        cdef double total = 0.0
        cdef Py_ssize_t at = self._best
        while at >= 0 and count > 0:
            if self._qtys[at] != 0.0:
                total += self._keys[at] * self._sign * self._qtys[at]
                count -= 1
            at -= 1
        return total

    def at_least(self, double usd):
        """Return the levels with a notional of at least `usd`, in order of price."""
        cdef list found = []
        cdef Py_ssize_t at
        cdef double qty
        for at in range(self._size):
            qty = self._qtys[at]
            if qty > 0.0 and self._keys[at] * self._sign * qty >= usd:
                found.append(self._level(at))
        return found if self._is_bid else found[::-1]

    def standing(self):
        """Return the levels as arrays, from the best one outwards."""
        cdef Py_ssize_t at, count = 0
        cdef double price, qty, sign, total = 0.0
        cdef double *keys
        cdef double *qtys
        cdef double[::1] prices, usd, usd_up_to
        if self._standing is None:
            best_first, outwards, added = (np.empty(self._size) for _ in range(3))
            prices, usd, usd_up_to = best_first, outwards, added
            keys, qtys, sign = self._keys, self._qtys, self._sign
            for at in range(self._size - 1, -1, -1):
                # Without a branch: which prices have a level cannot be predicted. What has none is
                # written over by the next that has one.
                qty, price = qtys[at], keys[at] * sign
                total += price * qty if qty > 0.0 else 0.0
                prices[count], usd[count], usd_up_to[count] = price, price * qty, total
                count += qty > 0.0
            self._prices, self._usd_up_to = prices[:count], usd_up_to[:count]
            best_first = best_first[:count]
            ascending = best_first[::-1] if self._is_bid else best_first
            self._standing = Standing(
                best_first, outwards[:count], added[:count], ascending, self._is_bid
            )
        return self._standing

    def usd_before(self, double price):
        """Return the notional of the levels that are better than `price`, quote currency."""
        return self._usd_while(price * self._sign, 0.0, INFINITY)

    def usd_within(self, double mid, double reach):
        """Return the notional of the levels up to `reach` away from `mid`, which none is better
        than; quote currency."""
        return self._usd_while(-INFINITY, mid, reach)

    def rings(self, double mid, ends_bps, double near_bps):
        """Return the notionals by distance from mid."""
        cdef list ends = [float(end) for end in ends_bps]
        cdef list starts = [0]
        cdef double reach = ends[len(ends) - 1] / BPS * mid, end_bps = ends[0]
        cdef double price, away, bps, worth, near = 0.0
        cdef Py_ssize_t at = self._best, count = 0, ring = 0, rings = len(ends)
        found = np.empty(self._best + 1)
        cdef double[::1] usd = found
        while at >= 0:
            if self._qtys[at] > 0.0:
                price = self._keys[at] * self._sign
                away = fabs(price - mid)
                if away > reach:
                    break
                bps, worth = away / mid * BPS, price * self._qtys[at]
                if bps <= near_bps:
                    near += worth
                while ring < rings and bps > end_bps:
                    starts.append(count)
                    ring += 1
                    end_bps = ends[ring] if ring < rings else INFINITY
                if ring < rings:
                    usd[count] = worth
                    count += 1
            at -= 1
        starts += [count] * (rings - ring)
        return Rings([found[starts[n]:starts[n + 1]] for n in range(rings)], near)

    def profile(self, bands):
        """Return the notional within distances from mid and by price bucket."""
        cdef double mid = bands.mid, parts = bands.parts, step = bands.step, low = bands.low
        cdef list reaches = bands.reaches, within = []
        cdef list by_bucket = [0.0] * bands.buckets
        cdef Py_ssize_t count = bands.buckets, asked = len(reaches), at = self._best, bucket = -1
        cdef double price, place, edge, certain, total = 0.0, before = 0.0
        cdef Py_ssize_t end
        cdef double reach = reaches[0] if asked > 0 else INFINITY
        while at >= 0:
            price = self._keys[at] * self._sign
            while fabs(price - mid) > reach:
                within.append(total)
                reach = reaches[len(within)] if len(within) < asked else INFINITY
            place = floor(price / step)
            if not 0.0 <= place - low < count:
                if bucket >= 0:
                    by_bucket[bucket] = total - before
                    bucket = -1
                if reach == INFINITY:
                    break  # Farther outwards nothing is asked for.
            elif bucket != <Py_ssize_t> (place - low):
                if bucket >= 0:
                    by_bucket[bucket] = total - before
                bucket, before = <Py_ssize_t> (place - low), total
            # Down to this key it is certain, however quotients and differences are rounded, that
            # prices are within the same reach and the same bucket: they are added up at once.
            edge = place if self._is_bid else -(place + 1.0)
            certain = edge * step + fabs(edge) * step * CERTAIN
            if reach != INFINITY:
                certain = max(certain, mid * self._sign - reach + mid * CERTAIN)
            end = at - 1
            while end >= 0 and self._keys[end] > certain:
                end -= 1
            total += self._parts(end + 1, at + 1, parts)
            at = end
        if bucket >= 0:
            by_bucket[bucket] = total - before
        return DepthProfile(within + [total] * (asked - len(within)), by_bucket)

    def usd_before_each(self, list prices):
        """Return, for each of some prices, what `usd_before` does."""
        cdef Py_ssize_t number, count = len(prices), at = self._best
        cdef double price, total = 0.0
        cdef list found = [0.0] * count
        cdef Named one
        self._make_room_for_named(count)
        for number in range(count):
            price = prices[number]
            self._named[number] = Named(price * self._sign, 0.0, number)
        qsort(self._named, count, sizeof(Named), by_key)
        # Outwards in one walk.
        for number in range(count - 1, -1, -1):
            one = self._named[number]
            while at >= 0 and self._keys[at] > one.key:
                total += self._worth(at)
                at -= 1
            found[one.at] = total
        return found

    def outwards(self, Py_ssize_t skipped=0):
        """Iterate over the levels from the best one outwards, without the best `skipped` ones."""
        prices = self.standing().prices[skipped:].tolist()
        return ((price, self.qty(price)) for price in prices)

    cdef double _usd_while(self, double key, double mid, double reach):
        """Return the notional of the levels, from the best one outwards, as long as their keys are
        above `key` and their prices up to `reach` away from `mid`."""
        cdef double price, total = 0.0
        cdef Py_ssize_t at, first = 0, end
        if self._standing is None:
            at = self._best
            while at >= 0:
                price = self._keys[at] * self._sign
                if self._keys[at] <= key or fabs(price - mid) > reach:
                    break
                total += self._worth(at)
                at -= 1
            return total
        # Added up already: only the end is looked for.
        end = self._prices.shape[0]
        while first < end:
            at = (first + end) >> 1
            price = self._prices[at]
            if price * self._sign <= key or fabs(price - mid) > reach:
                end = at
            else:
                first = at + 1
        return self._usd_up_to[first - 1] if first > 0 else 0.0

    cdef double _parts(self, Py_ssize_t first, Py_ssize_t end, double parts) noexcept nogil:
        """Return the notional of the levels at these places in whole parts. They are integers, so
        the order in which they are added up does not matter: four sums wait for each other less."""
        cdef double one = 0.0, two = 0.0, three = 0.0, four = 0.0
        cdef double sign = self._sign
        cdef double *keys = self._keys
        cdef double *qtys = self._qtys
        cdef Py_ssize_t at = first
        while at + 4 <= end:
            one += whole(keys[at] * sign * some(qtys[at]) * parts)
            two += whole(keys[at + 1] * sign * some(qtys[at + 1]) * parts)
            three += whole(keys[at + 2] * sign * some(qtys[at + 2]) * parts)
            four += whole(keys[at + 3] * sign * some(qtys[at + 3]) * parts)
            at += 4
        while at < end:
            one += whole(keys[at] * sign * some(qtys[at]) * parts)
            at += 1
        return one + two + three + four

    cdef double _worth(self, Py_ssize_t at) noexcept nogil:
        """Return the notional of a level that stands, quote currency; 0 where none does."""
        cdef double worth = self._keys[at] * self._sign * self._qtys[at]
        return worth if self._qtys[at] > 0.0 else 0.0

    cdef tuple _level(self, Py_ssize_t at):
        return self._keys[at] * self._sign, self._qtys[at]

    cdef int _take_down(self, Py_ssize_t first, dict watched) except -1:
        """Note the keys of what is watched, behind room for the `first` levels of an update."""
        cdef Py_ssize_t number = first, count = number + len(watched)
        cdef double price
        self._make_room_for_named(count)
        for watched_price in watched:
            price = watched_price
            self._named[number] = Named(price * self._sign, 0.0, 0)
            number += 1
        return 0

    cdef void _take_down_packed(self, const Level *levels, Py_ssize_t count) noexcept nogil:
        """Note the keys and quantities that an update names, from numbers."""
        cdef Py_ssize_t number
        for number in range(count):
            self._named[number] = Named(levels[number].price * self._sign, levels[number].qty, 0)

    cdef int _take_down_stated(self, list stated) except -1:
        """Note the keys and quantities that an update names, from tuples."""
        cdef Py_ssize_t number
        cdef tuple level
        cdef double price, qty
        for number in range(len(stated)):
            level = stated[number]
            price, qty = level[0], level[1]
            self._named[number] = Named(price * self._sign, qty, 0)
        return 0

    cdef void _place_all(self, Py_ssize_t count) noexcept nogil:
        """Find the places of all that was noted, as `_place` does for one.

        All take each step of the bisection before any takes the next: a step has to wait for what
        it reads, but not for the steps of others.
        """
        cdef Py_ssize_t left = self._size, half, number
        cdef Named *one
        if left == 0:
            return
        while left > 1:
            half = left >> 1
            for number in range(count):
                one = &self._named[number]
                one.at += half * (self._keys[one.at + half - 1] < one.key)
            left -= half
        for number in range(count):
            one = &self._named[number]
            one.at += self._keys[one.at] < one.key

    cdef bint _take_in(self, Py_ssize_t count) except -1:
        """Give the first `count` levels that were noted a place among the others, which do not know
        their prices yet; tell whether the best level is among them."""
        cdef Py_ssize_t number, at, end = self._size, below = 0, best = -1
        cdef Named one
        qsort(self._named, count, sizeof(Named), by_key)
        for number in range(1, count):
            if self._named[number].key == self._named[number - 1].key:
                raise twice("update")
        self._make_room(self._size + count)
        # From the end: what lies behind a new one is moved once, by as many as are still to come.
        for number in range(count - 1, -1, -1):
            one = self._named[number]
            at = one.at + number
            memmove(self._keys + at + 1, self._keys + one.at, (end - one.at) * sizeof(double))
            memmove(self._qtys + at + 1, self._qtys + one.at, (end - one.at) * sizeof(double))
            self._keys[at], self._qtys[at] = one.key, one.qty
            end = one.at
            if one.at <= self._best:
                below += 1
            elif best < 0 and one.qty != 0.0:
                best = at
            if self._emptied:
                self._emptied.discard(one.key * self._sign)
        self._size += count
        self._best = best if best >= 0 else self._best + below
        return best >= 0

    cdef bint _mark(self, Py_ssize_t first, Py_ssize_t count) noexcept nogil:
        """Mark the places of what is watched, which was noted from `first` on, and no others; tell
        whether some has none."""
        cdef Py_ssize_t number
        cdef Named one
        cdef bint some_unmarked = False
        memset(self._marks, 0, self._size)
        for number in range(first, first + count):
            one = self._named[number]
            if one.at < self._size and self._keys[one.at] == one.key:
                self._marks[one.at] = WATCHED
            else:
                some_unmarked = True
        return some_unmarked

    cdef Py_ssize_t _place(self, double key) noexcept nogil:
        """Return the index of the first key that is not below `key`."""
        cdef Py_ssize_t left = self._size, half
        cdef double *low = self._keys
        if left == 0:
            return 0
        # Without a branch on what is compared: which half it is cannot be predicted.
        while left > 1:
            half = left >> 1
            low += half if low[half - 1] < key else 0
            left -= half
        return low - self._keys + (low[0] < key)

    cdef bint _was_empty(self, object stated, double key, bint known, double old):
        return key < self._edge and ((known and old == 0.0) or stated in self._emptied)

    cdef int _make_room(self, Py_ssize_t size) except -1:
        """Have room for `size` levels."""
        cdef Py_ssize_t room = 2 * size + LEAST_ROOM
        if size > self._room or self._room == 0:
            self._keys = <double *> resized(self._keys, room * sizeof(double))
            self._qtys = <double *> resized(self._qtys, room * sizeof(double))
            self._marks = <uint8_t *> resized(self._marks, room)
            self._room = room
        return 0

    cdef int _make_room_for_named(self, Py_ssize_t count) except -1:
        if count > self._named_room:
            self._named = <Named *> resized(self._named, count * sizeof(Named))
            self._named_room = count
        return 0

    cdef void _find_best(self) noexcept:
        """Look for the best level, from where it was last, or from the end, inwards."""
        if self._best < 0 or self._best >= self._size:
            self._best = self._size - 1
        while self._best >= 0 and self._qtys[self._best] == 0.0:
            self._best -= 1

    cdef Py_ssize_t _count(self) noexcept:
        cdef Py_ssize_t at, count = 0
        for at in range(self._size):
            count += self._qtys[at] > 0.0
        return count

    cdef Py_ssize_t _zeros_beyond_edge(self) noexcept:
        cdef Py_ssize_t at, count = 0
        for at in range(self._size):
            count += self._qtys[at] == 0.0 and self._keys[at] < self._edge
        return count

    cdef int _clear_out(self) except -1:
        """Drop the prices that were deleted; those beyond the edge stay known to be empty."""
        cdef Py_ssize_t at, kept = 0
        for at in range(self._size):
            if self._qtys[at] != 0.0:
                self._keys[kept], self._qtys[kept] = self._keys[at], self._qtys[at]
                kept += 1
            elif self._keys[at] < self._edge:
                self._emptied.add(self._keys[at] * self._sign)
        self._size = kept
        self._limit = ROOM_FACTOR * kept + SPARE_PRICES
        self._best = -1
        self._find_best()
        return 0
