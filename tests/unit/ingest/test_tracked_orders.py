from ingest.watch.tracked_orders import TrackedOrders
from schemas.signals import CloseReason, OrderState

OPEN, PERSISTENT, CLOSED = OrderState.OPEN, OrderState.PERSISTENT, OrderState.CLOSED


def test_a_symbol_counts_while_one_of_its_orders_is_open() -> None:
    tracked = TrackedOrders()
    assert "A" not in tracked
    tracked.take("A", "a1", OPEN, None)
    tracked.take("A", "a2", OPEN, None)
    tracked.take("A", "a1", PERSISTENT, None)
    tracked.take("A", "a1", CLOSED, CloseReason.FILLED)
    assert "A" in tracked
    assert "B" not in tracked
    tracked.take("A", "a2", CLOSED, CloseReason.CANCELLED)
    assert "A" not in tracked


def test_the_end_of_an_order_that_was_never_seen_is_no_order() -> None:
    tracked = TrackedOrders()
    tracked.take("A", "a1", CLOSED, CloseReason.CANCELLED)
    assert "A" not in tracked


def test_a_lost_book_counts_until_the_next_word_of_its_symbol() -> None:
    tracked = TrackedOrders()
    tracked.take("A", "a1", OPEN, None)
    tracked.take("A", "a2", OPEN, None)
    tracked.take("A", "a1", CLOSED, CloseReason.BOOK_RESET)
    tracked.take("A", "a2", CLOSED, CloseReason.BOOK_RESET)
    assert "A" in tracked
    tracked.take("A", "a3", OPEN, None)
    assert "A" in tracked
    tracked.take("A", "a3", CLOSED, CloseReason.SHRUNK)
    assert "A" not in tracked


def test_a_loss_without_open_orders_gives_no_rank() -> None:
    tracked = TrackedOrders()
    tracked.take("A", "a1", CLOSED, CloseReason.BOOK_RESET)
    assert "A" not in tracked
