"""What is put on top of a standing order goes first."""

from hypothesis import given
from hypothesis import strategies as st

from processors.engine.orders.level.child import Share, child_lots, share_out

LOTS = st.integers(0, 10**12)


def test_a_lure_on_top_of_a_wall_is_pulled_and_the_wall_keeps_its_quantity() -> None:
    assert share_out([100, 60], 100, 0) == [Share(100, 0), Share(0, 0)]


def test_takers_take_from_what_came_last() -> None:
    assert share_out([100, 60], 70, 75) == [Share(70, 15), Share(0, 60)]


def test_what_takers_took_beyond_the_loss_and_what_is_added_belongs_to_the_first() -> None:
    assert share_out([100, 60], 165, 7) == [Share(105, 7), Share(60, 0)]


@given(currents=st.lists(LOTS, min_size=1, max_size=4), new=LOTS, taken=LOTS)
def test_the_shares_add_up(currents: list[int], new: int, taken: int) -> None:
    shares = share_out(currents, new, taken)
    assert sum(share.new for share in shares) == new
    assert sum(share.taken for share in shares) == taken
    assert min(min(share) for share in shares) >= 0
    for current, share in list(zip(currents, shares, strict=True))[1:]:
        assert share.taken <= current - share.new


def test_a_growth_of_the_threshold_is_a_child_and_a_refill_is_none() -> None:
    assert child_lots(100, 170, 0, 60) == 70
    assert child_lots(100, 150, 0, 60) == 0
    assert child_lots(20, 110, 100, 60) == 0
    assert child_lots(20, 170, 100, 60) == 70
    assert child_lots(100, 90, 0, 0) == 0
