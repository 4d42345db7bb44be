"""A window of N levels tells nothing false about the levels beyond it."""

from hypothesis import given
from hypothesis import strategies as st

from ingest.feeds.book_window import BookWindow

WINDOW = 4
changes = st.lists(
    st.lists(
        st.tuples(st.booleans(), st.integers(1, 20), st.integers(0, 3)), min_size=1, max_size=5
    ),
    max_size=25,
)
"""Updates of (is a bid, distance from the middle, quantity)."""
MIDDLE = 100


def shown(side: dict[float, float], sign: int) -> dict[float, float]:
    """Return what the venue publishes of a side."""
    prices = sorted(side, key=lambda price: sign * price)[:WINDOW]
    return {price: side[price] for price in prices}


def delta(before: dict[float, float], after: dict[float, float]) -> list[tuple[float, float]]:
    """Return the venue's update: what left the window is sent as deleted."""
    changed = [(price, qty) for price, qty in after.items() if before.get(price) != qty]
    return changed + [(price, 0.0) for price in before if price not in after]


@given(changes)
def test_every_deletion_is_true_and_what_is_shown_is_right(
    updates: list[list[tuple[bool, int, int]]],
) -> None:
    window = BookWindow(WINDOW)
    true: dict[int, dict[float, float]] = {-1: {}, 1: {}}
    built: dict[int, dict[float, float]] = {-1: {}, 1: {}}
    window.load([], [])
    for update in updates:
        before = {sign: shown(true[sign], sign) for sign in (-1, 1)}
        for is_bid, distance, size in update:
            sign = -1 if is_bid else 1
            price = float(MIDDLE + sign * distance)
            true[sign].pop(price, None)
            if size:
                true[sign][price] = float(size)
        after = {sign: shown(true[sign], sign) for sign in (-1, 1)}
        told = window.apply(delta(before[-1], after[-1]), delta(before[1], after[1]))
        for sign, levels in zip((-1, 1), told, strict=True):
            assert len({price for price, _ in levels}) == len(levels)
            for price, qty in levels:
                if qty:
                    built[sign][price] = qty
                else:
                    assert price not in true[sign], "a level that stands was called deleted"
                    built[sign].pop(price, None)
            assert shown(built[sign], sign) == after[sign]
