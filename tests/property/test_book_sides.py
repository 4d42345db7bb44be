"""A side of the book is a dict in order, in Python and compiled, and both are the same."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.engine.book import book
from processors.engine.book.book_side import IS_COMPILED, BookSide
from processors.engine.book.sides import plain
from processors.engine.book.sides.change import ContradictionError
from processors.engine.book.sides.packed import PackedLevels
from processors.engine.book.sides.profile import Bands, DepthProfile
from processors.engine.engine import MarketEngine
from processors.engine.plain_sum import plain_sum
from schemas.market import Level
from schemas.settings import EngineSettings
from schemas.signals import Side
from tests.support.markets.market import SYMBOL, VENUE, random_log
from tests.support.servers.availability import unavailable

SIDES = [pytest.param(plain.BookSide, id="python"), pytest.param(BookSide, id="compiled")]
ORDERED = 3
"""Levels a side in order: few, so that they run out often."""
PRICE = st.integers(1, 120).map(float)
LEVELS = st.lists(
    st.tuples(PRICE, st.sampled_from((0.0, 0.0, 0.5, 1.0, 2.5))),
    max_size=40,
    unique_by=lambda level: level[0],
)
BANDS = [
    Bands(mid=60.0, parts=100.0, reaches=[0.0, 7.5, 30.0], step=0.7, low=70, buckets=40),
    Bands(mid=60.0, parts=0.3, reaches=[], step=5.0, low=12, buckets=1),
    Bands(mid=60.0, parts=1e8, reaches=[500.0], step=50.0, low=0, buckets=9),
]


@dataclass(frozen=True)
class Update:
    """Levels, and the price beyond which the side is forgotten afterwards, if it is."""

    levels: list[Level]
    keep_to: float | None


UPDATES = st.lists(st.builds(Update, LEVELS, st.none() | PRICE), max_size=25)


def test_the_compiled_side_is_another_class() -> None:
    """Where it is not, the tests below compare the side in Python with itself."""
    if not IS_COMPILED:
        unavailable("the order book is not compiled: no C compiler was there at installation")
    assert BookSide is not plain.BookSide


@pytest.mark.parametrize("kind", SIDES)
@given(side=st.sampled_from(Side), updates=st.lists(LEVELS, max_size=40))
@settings(max_examples=150, deadline=None)
def test_a_book_side_is_a_dict_in_order(
    kind: type[plain.BookSide], side: Side, updates: list[list[Level]]
) -> None:
    book_side, levels_of = kind(side, ORDERED), dict[float, float]()
    watched = {60.0: None}
    for levels in updates:
        expected = []
        for price, qty in levels:
            before = levels_of.pop(price, 0.0)
            if price * qty >= 200.0 or (price in watched and (before or qty)):
                expected.append((price, before, qty))
            if qty:
                levels_of[price] = qty
        changes = book_side.update(levels, watched, 200.0)
        assert [change[:3] for change in changes if any(change[1:3])] == expected
        ordered = sorted(levels_of.items(), reverse=side is Side.BID)
        assert book_side.best() == (ordered[0] if ordered else None)
        assert book_side.top(ORDERED) == ordered[:ORDERED]
        assert book_side.top_usd(ORDERED) == sum(price * qty for price, qty in ordered[:ORDERED])
        assert sorted(book_side) == sorted(levels_of.items())
        assert len(book_side) == len(levels_of)
        large = sorted(level for level in levels_of.items() if level[0] * level[1] >= 100.0)
        assert book_side.at_least(100.0) == large


@pytest.mark.parametrize("kind", SIDES)
@pytest.mark.parametrize("bands", BANDS)
@given(side=st.sampled_from(Side), levels=LEVELS)
@settings(max_examples=100, deadline=None)
def test_a_profile_adds_up_what_lies_within_a_distance_and_in_a_bucket(
    kind: type[plain.BookSide], bands: Bands, side: Side, levels: list[Level]
) -> None:
    # As in a book that is not crossed: nothing stands on the other side of mid.
    sign = 1 if side is Side.BID else -1
    standing = [(p, q) for p, q in levels if q and p * sign <= bands.mid * sign]
    parts = {price: round(price * qty * bands.parts) for price, qty in standing}
    within = [
        sum(part for price, part in parts.items() if abs(price - bands.mid) <= reach)
        for reach in bands.reaches
    ]
    by_bucket = [
        sum(part for price, part in parts.items() if price // bands.step == number)
        for number in range(bands.low, bands.low + bands.buckets)
    ]
    assert kind(side, ORDERED, standing).profile(bands) == (within, by_bucket)


@pytest.mark.parametrize("kind", SIDES)
@given(side=st.sampled_from(Side), levels=LEVELS, near_bps=st.sampled_from([0.0, 600.0, 5_000.0]))
@settings(max_examples=100, deadline=None)
def test_a_ring_holds_the_levels_beyond_the_ring_before(
    kind: type[plain.BookSide], side: Side, levels: list[Level], near_bps: float
) -> None:
    mid, ends_bps, sign = 64.0, (100.0, 900.0, 2_500.0), 1 if side is Side.BID else -1
    standing = [(p, q) for p, q in levels if q and p * sign <= mid * sign]
    outwards = [
        (abs(price - mid) / mid * 10_000, price * qty)
        for price, qty in sorted(standing, reverse=side is Side.BID)
        if abs(price - mid) <= 2_500.0 / 10_000 * mid
    ]
    found = kind(side, ORDERED, standing).rings(mid, ends_bps, near_bps)
    assert [held.tolist() for held in found.usd] == [
        [usd for bps, usd in outwards if start < bps <= end]
        for start, end in pairwise((-1.0, *ends_bps))
    ]
    assert found.near_usd == plain_sum([usd for bps, usd in outwards if bps <= near_bps], 0.0)


@given(
    side=st.sampled_from(Side),
    snapshot=LEVELS,
    edge=st.none() | PRICE,
    emptied=st.sets(PRICE, max_size=10),
    updates=UPDATES,
)
@settings(max_examples=300, deadline=None)
def test_both_sides_tell_the_same(
    side: Side,
    snapshot: list[Level],
    edge: float | None,
    emptied: set[float],
    updates: list[Update],
) -> None:
    standing = [level for level in snapshot if level[1]]
    sign = 1 if side is Side.BID else -1
    unseen = emptied - {price for price, _ in standing}
    beyond = {price for price in unseen if edge is not None and price * sign < edge * sign}
    both = [kind(side, ORDERED, standing, edge, beyond) for kind in (plain.BookSide, BookSide)]
    # The third reads levels as they lie on a tape.
    both.append(BookSide(side, ORDERED, PackedLevels.pack(standing), edge, beyond))
    watched = {30.0: None, 60.0: None, 90.0: None}
    for update in updates:
        stated = [update.levels, update.levels, PackedLevels.pack(update.levels)]
        told = [
            one.update(levels, watched, 200.0, 60.0, 0.6)
            for one, levels in zip(both, stated, strict=True)
        ]
        assert told[0] == told[1] == told[2]
        if update.keep_to is not None:
            for one in both:
                one.discard_beyond(update.keep_to)
        ours, theirs, packed = (view(one) for one in both)
        assert ours == theirs == packed


def view(one: plain.BookSide) -> list[object]:
    """Everything that can be asked of a side."""
    added_up_when_asked = notionals(one)
    standing = one.standing()
    return [
        added_up_when_asked,
        notionals(one),
        one.best(),
        one.top(ORDERED),
        one.top_usd(ORDERED),
        one.at_least(70.0),
        sorted(one),
        len(one),
        one.emptied(),
        list(one.outwards(2)),
        [one.qty(price) for price in (30.0, 60.0, 61.0)],
        *profiles(one),
        *rings(one),
        [standing.count_before(60.0, included=included) for included in (True, False)],
        *(figures.tolist() for figures in standing[:4]),
    ]


def notionals(one: plain.BookSide) -> list[float]:
    """What stands before a price, and within a distance of the best one."""
    mid = (one.best() or (60.0, 0.0))[0]
    return [
        *(one.usd_before(price) for price in (30.0, 60.0, 61.5)),
        *one.usd_before_each([60.0, 30.0, 61.5, 60.0, 0.5, 200.0]),
        *(one.usd_within(mid, reach) for reach in (0.0, 25.0, 200.0)),
    ]


def rings(one: plain.BookSide) -> list[object]:
    """What lies around the best level by distance, near within the rings and beyond them."""
    mid = (one.best() or (60.0, 0.0))[0]
    found = [one.rings(mid, (50.0, 1_000.0, 2_500.0), near) for near in (0.0, 700.0, 9_000.0)]
    return [([held.tolist() for held in each.usd], each.near_usd) for each in found]


def profiles(one: plain.BookSide) -> list[DepthProfile]:
    """What lies around the best level, in buckets that do and do not fit prices."""
    mid = (one.best() or (60.0, 0.0))[0]
    return [
        one.profile(Bands(mid, 0.3, [0.0, 7.5, 30.0], step, int(mid // step) - 8, 17))
        for step in (0.7, 1.0, 5.0)
    ]


@pytest.mark.parametrize("kind", SIDES)
@pytest.mark.parametrize("form", [list, PackedLevels.pack], ids=["tuples", "packed"])
@pytest.mark.parametrize(
    ("levels", "reason"),
    [
        ([(9.0, 1.0), (11.0, 2.0), (9.0, 0.0)], "twice in one update"),
        ([(10.0, 1.0), (11.0, 2.0), (10.0, 0.0)], "twice in one update"),
        ([(10.0, 1.0), (0.0, 2.0)], "price 0.0 is not positive"),
        ([(-3.0, 1.0)], "price -3.0 is not positive"),
    ],
)
def test_what_contradicts_itself_is_refused(
    kind: type[plain.BookSide],
    form: Callable[[list[Level]], Sequence[Level]],
    levels: list[Level],
    reason: str,
) -> None:
    with pytest.raises(ContradictionError, match=reason):
        kind(Side.BID, ORDERED, [(9.0, 1.0)]).update(form(levels), {}, 1e9)


@pytest.mark.parametrize("kind", SIDES)
@given(side=st.sampled_from(Side), levels=LEVELS, prices=st.lists(PRICE, max_size=12))
@settings(max_examples=100, deadline=None)
def test_what_stands_before_each_price_is_what_stands_before_it(
    kind: type[plain.BookSide], side: Side, levels: list[Level], prices: list[float]
) -> None:
    one, sign = kind(side, ORDERED, levels), 1 if side is Side.BID else -1
    outwards = sorted(levels, reverse=side is Side.BID)
    expected = [sum(p * q for p, q in outwards if p * sign > price * sign) for price in prices]
    assert one.usd_before_each(prices) == expected == [one.usd_before(p) for p in prices]


@pytest.mark.parametrize("kind", SIDES)
def test_a_negative_quantity_is_found_where_it_is_looked_for(kind: type[plain.BookSide]) -> None:
    one = kind(Side.ASK, ORDERED, [(9.0, 1.0)])
    one.check_quantities()
    one.update([(10.0, -1.0)], {}, 1e9)
    with pytest.raises(ContradictionError, match=r"negative quantity at 10\.0"):
        one.check_quantities()


@pytest.mark.parametrize("kind", SIDES)
def test_a_snapshot_with_a_level_twice_is_refused(kind: type[plain.BookSide]) -> None:
    with pytest.raises(ContradictionError, match="twice in one snapshot"):
        kind(Side.ASK, ORDERED, [(9.0, 1.0), (9.0, 2.0)])


@pytest.mark.parametrize("kind", SIDES)
def test_prices_seen_empty_stay_bounded(kind: type[plain.BookSide]) -> None:
    """A market that runs through thousands of prices beyond the snapshot."""
    one = kind(Side.BID, ORDERED, [(100_000.0, 1.0)], 100_000.0)
    for start in range(90_000, 40_000, -500):
        prices = [float(price) for price in range(start, start + 500)]
        one.update([(price, 1.0) for price in prices], {}, 1e9)
        one.update([(price, 0.0) for price in prices], {}, 1e9)
        one.discard_beyond(1.0)
    emptied = one.emptied()
    assert 2_000 <= len(emptied) <= 4_000
    assert emptied[-1] == 90_499.0


@given(seed=st.integers(0, 2**32))
@settings(max_examples=25, deadline=None)
def test_both_books_lead_to_the_same_bytes(seed: int) -> None:
    records = random_log(seed).interleaved(Random(seed))
    told = []
    for kind in (plain.BookSide, BookSide):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(book, "BookSide", kind)
            engine = MarketEngine(VENUE, SYMBOL, EngineSettings())
            signals = [s for record, offset in records for s in engine.apply(record, offset)]
        told.append([signal.model_dump_json() for signal in signals])
    assert told[0] == told[1]
