"""Trades in the overlap of two connections: each counts once, whatever the order."""

from hypothesis import given
from hypothesis import strategies as st

from schemas.trade_ids import MAX_RANGES, TradeIds


@given(st.lists(st.integers(0, 60), max_size=80, unique=True), st.randoms())
def test_every_trade_counts_once_however_often_and_in_whatever_order_it_comes(
    ids: list[int], random: object
) -> None:
    arrivals = [*ids, *ids[::2], *ids[::3]]
    random.shuffle(arrivals)  # type: ignore[attr-defined]
    seen = TradeIds()
    # One time for all: without it the order of the ids is the only thing to go by.
    kept = [trade_id for trade_id in arrivals if seen.is_new(trade_id, 1_000)]
    assert sorted(kept) == sorted(ids)


def test_a_venue_that_counts_anew_is_followed() -> None:
    seen = TradeIds()
    assert seen.is_new(1_000_000, 5_000)
    assert seen.is_new(1_000_001, 5_001)
    assert seen.is_new(1, 5_002)
    assert seen.is_new(2, 5_002)
    assert not seen.is_new(1, 5_002)
    assert seen.newest == 2


def test_gaps_beyond_those_kept_count_as_seen() -> None:
    seen = TradeIds()
    for number in range(MAX_RANGES + 10):
        assert seen.is_new(2 * number, 1_000)
    assert not seen.is_new(1, 1_000)
    assert seen.is_new(2 * MAX_RANGES + 1, 1_000)
