"""Small levels that are one large order together."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from processors.engine.book.sides.change import LevelChange
from processors.engine.orders.cluster import Candidate, ClusterFinder, Piece, count_layers, middle
from schemas.settings import ClusterSettings
from schemas.signals import Side

SETTINGS = ClusterSettings()
THRESHOLD_USD = 1_000_000.0
PRICE = 10_000.0


def qty_at(shown: dict[float, float]) -> Callable[[float], float]:
    """What a side of these levels answers."""
    return lambda price: shown.get(price, 0.0)


def found(
    *levels: tuple[int, int, float, float], standing: dict[float, float] | None = None
) -> list[float]:
    """The prices of the cluster among bids of (time, update, price, quantity)."""
    finder = ClusterFinder()
    shown = {price: qty for _, _, price, qty in levels} | (standing or {})
    prices: list[float] = []
    for time, update, price, qty in levels:
        change = LevelChange(price, 0.0, qty, True)
        finder.note(Side.BID, change, time, update, THRESHOLD_USD, SETTINGS)
        pieces = finder.find(Side.BID, qty_at(shown), (), update, SETTINGS)
        prices += [piece.price for piece in pieces]
    return sorted(prices)


def test_layers_of_one_size_within_half_a_second_are_one_order() -> None:
    layers = [(0, 1, PRICE, 40.0), (200, 2, PRICE - 2, 41.0), (500, 3, PRICE - 4, 39.0)]
    assert found(*layers) == [PRICE - 4, PRICE - 2, PRICE]


def test_one_update_may_bring_pieces_of_any_size() -> None:
    finder = ClusterFinder()
    for price, qty in ((PRICE, 80.0), (PRICE - 1, 11.0), (PRICE - 2, 15.0)):
        change = LevelChange(price, 0.0, qty, True)
        finder.note(Side.ASK, change, 0, 7, THRESHOLD_USD, SETTINGS)
    shown = {PRICE: 80.0, PRICE - 1: 11.0, PRICE - 2: 15.0}
    pieces = finder.find(Side.ASK, qty_at(shown), (), 7, SETTINGS)
    assert {piece.price for piece in pieces} == set(shown)
    assert finder.asks == []


def test_levels_of_many_sizes_that_come_one_by_one_are_many_hands() -> None:
    assert found((0, 1, PRICE, 80.0), (50, 2, PRICE - 1, 12.0), (90, 3, PRICE - 2, 25.0)) == []


def test_too_late_too_far_and_too_small_are_no_pieces() -> None:
    assert found((0, 1, PRICE, 60.0), (501, 2, PRICE - 1, 60.0)) == []
    assert found((0, 1, PRICE, 60.0), (100, 2, PRICE * 0.9985, 60.0)) == []
    assert found((0, 1, PRICE, 60.0), (100, 2, PRICE - 1, 35.0)) == []


def test_a_candidate_that_is_gone_is_none() -> None:
    levels = [(0, 1, PRICE, 60.0), (100, 2, PRICE - 1, 60.0)]
    assert found(*levels) == [PRICE - 1, PRICE]
    assert found(*levels, standing={PRICE: 20.0}) == []


def test_what_stood_before_and_what_is_large_by_itself_is_no_candidate() -> None:
    finder = ClusterFinder()
    for old, new in ((20.0, 60.0), (0.0, 100.0), (0.0, 9.0)):
        change = LevelChange(PRICE, old, new, old == 0)
        assert not finder.note(Side.BID, change, 0, 1, THRESHOLD_USD, SETTINGS)
        assert finder.bids == []


def test_the_price_is_that_of_a_piece() -> None:
    pieces = [
        Candidate(0, 1, price, 10.0, price * 10, 1e6) for price in (99.0, 100.0, 101.0, 102.0)
    ]
    assert middle(pieces, Side.BID) == 101.0
    assert middle(pieces, Side.ASK) == 100.0


@given(news=st.lists(st.integers(0, 10**9), max_size=30), initial=st.integers(0, 10**9))
def test_a_piece_conserves_its_quantity(news: list[int], initial: int) -> None:
    piece, total = Piece(PRICE, initial, initial), initial
    for new in news:
        total += piece.change(new)
        assert piece.initial + piece.added - piece.lost == piece.current == total == new
    piece.rescale(10)
    assert piece.initial + piece.added - piece.lost == piece.current == total * 10


@given(
    levels=st.lists(
        st.tuples(st.integers(0, 40), st.integers(0, 60), st.floats(1.0, 99.0)), max_size=120
    )
)
def test_candidates_stay_bounded_and_clusters_reach_the_threshold(
    levels: list[tuple[int, int, float]],
) -> None:
    finder, now, shown = ClusterFinder(), 0, dict[float, float]()
    for update, (wait, place, qty) in enumerate(levels):
        now += wait
        price = PRICE - place
        shown[price] = qty
        change = LevelChange(price, 0.0, qty, True)
        finder.note(Side.BID, change, now, update, THRESHOLD_USD, SETTINGS)
        pieces = finder.find(Side.BID, qty_at(shown), (), update, SETTINGS)
        assert len(finder.bids) <= SETTINGS.max_pieces
        if pieces:
            assert sum(piece.usd for piece in pieces) >= THRESHOLD_USD
            prices = [piece.price for piece in pieces]
            assert len(set(prices)) == len(prices) >= 2
            assert max(prices) - min(prices) <= PRICE * SETTINGS.reach_bps / 10_000
            assert max(one.time for one in pieces) - min(one.time for one in pieces) <= 500


@given(
    st.lists(st.integers(1, 40), min_size=1, max_size=8),
    st.sampled_from([1e-10, 0.01, 0.5, 8.0]),
    st.integers(1_000, 100_000),
)
def test_a_step_of_more_than_three_ticks_begins_another_layer(
    steps: list[int], tick: float, base: int
) -> None:
    ticks = [base]
    for step in steps:
        ticks.append(ticks[-1] + step)
    pieces = [Candidate(0, 1, number * tick, 1.0, 1.0, 1.0) for number in ticks]
    ladder = [number * tick for number in range(base, base + 5)]
    assert count_layers(pieces, ladder, SETTINGS) == 1 + sum(step > 3 for step in steps)
