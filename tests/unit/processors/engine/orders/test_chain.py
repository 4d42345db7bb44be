"""Orders that follow each other."""

from hypothesis import given
from hypothesis import strategies as st

from processors.engine.orders.chain import Birth, ChainMemory, Link
from schemas.settings import ChainSettings
from schemas.signals import Side

SETTINGS = ChainSettings()
FIRST = Link("first", 1, 1_000, Side.BID)


def pulled(link: Link = FIRST, at: int = 1_200, usd: float = 1e6) -> ChainMemory:
    memory = ChainMemory()
    memory.pull(link, usd, 10.0, at, SETTINGS)
    return memory


def test_a_like_order_soon_after_the_pull_is_the_next_link() -> None:
    assert pulled().follow(Side.BID, 1.2e6, 12.0, 1_700, SETTINGS) == Link(
        "first", 2, 1_000, Side.BID
    )


def test_another_side_size_distance_or_time_is_no_link() -> None:
    assert pulled().follow(Side.ASK, 1e6, 10.0, 1_300, SETTINGS) is None
    assert pulled().follow(Side.BID, 1.3e6, 10.0, 1_300, SETTINGS) is None
    assert pulled().follow(Side.BID, 1e6, 13.0, 1_300, SETTINGS) is None
    assert pulled().follow(Side.BID, 1e6, 10.0, 1_701, SETTINGS) is None


def test_near_mid_two_basis_points_more_or_less_are_the_same_distance() -> None:
    memory = ChainMemory()
    memory.pull(FIRST, 1e6, 1.0, 1_200, SETTINGS)
    assert memory.follow(Side.BID, 1e6, 3.0, 1_300, SETTINGS) is not None


def test_a_link_is_followed_once() -> None:
    memory = pulled()
    assert memory.follow(Side.BID, 1e6, 10.0, 1_300, SETTINGS) is not None
    assert memory.follow(Side.BID, 1e6, 10.0, 1_300, SETTINGS) is None


def test_a_chain_that_was_told_goes_on_after_a_longer_pause() -> None:
    third = Link("first", 3, 1_000, Side.BID)
    late = 1_200 + SETTINGS.told_gap_ms
    link = pulled(third).follow(Side.BID, 1e6, 10.0, late, SETTINGS)
    assert link is not None
    assert link.length == 4


def test_a_like_chain_on_the_other_side_is_a_market_makers() -> None:
    memory = pulled(Link("first", 2, 1_000, Side.BID))
    assert memory.both_sides(Side.ASK, 1e6, 10.0, 1_300, SETTINGS)
    assert not memory.both_sides(Side.BID, 1e6, 10.0, 1_300, SETTINGS)
    assert not memory.both_sides(Side.ASK, 5e6, 10.0, 1_300, SETTINGS)
    assert not memory.both_sides(Side.ASK, 1e6, 10.0, 9_300, SETTINGS)


def test_levels_that_keep_coming_on_the_other_side_are_one_too() -> None:
    memory = ChainMemory()
    memory.note_birth(Birth(1_000, Side.ASK, 8e5, 9.0), SETTINGS)
    assert not memory.both_sides(Side.BID, 1e6, 10.0, 1_300, SETTINGS)
    memory.note_birth(Birth(1_200, Side.ASK, 9e5, 11.0), SETTINGS)
    assert memory.both_sides(Side.BID, 1e6, 10.0, 1_300, SETTINGS)
    assert not memory.both_sides(Side.BID, 1e6, 40.0, 1_300, SETTINGS)


@given(
    steps=st.lists(
        st.tuples(st.integers(0, 300), st.sampled_from(Side), st.floats(1e5, 3e6)), max_size=200
    )
)
def test_the_memory_is_bounded_and_chains_grow_by_one(
    steps: list[tuple[int, Side, float]],
) -> None:
    memory, now, lengths = ChainMemory(), 0, dict[str, int]()
    for number, (wait, side, usd) in enumerate(steps):
        now += wait
        memory.note_birth(Birth(now, side, usd, 5.0), SETTINGS)
        link = memory.follow(side, usd, 5.0, now, SETTINGS)
        if link is None:
            link = Link(str(number), 1, now, side)
        assert link.length == lengths.get(link.chain_id, 0) + 1
        assert link.side is side
        lengths[link.chain_id] = link.length
        memory.pull(link, usd, 5.0, now, SETTINGS)
        assert len(memory.pulled) <= SETTINGS.max_links
        assert len(memory.quoted) <= SETTINGS.max_links
        assert len(memory.births) <= SETTINGS.max_births
