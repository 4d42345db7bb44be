"""Scenes of one symbol's book synchronisation."""

from ingest.feeds.depth_sync import DepthSync
from ingest.venues.binance.sequence import BinanceSequence
from ingest.venues.bybit.sequence import BybitSequence
from ingest.venues.events import BookSnapshot, DepthUpdate
from schemas.market import AnyDepth, BookReset, DepthHeartbeat, ResetReason


def sync(max_buffered: int = 100) -> DepthSync:
    return DepthSync("v", "S", BinanceSequence(), max_buffered)


def update(first: int, last: int, previous: int, time: int) -> DepthUpdate:
    return DepthUpdate("S", time, first, last, previous, [(10.0, 1.0)], [])


def snapshot(last: int, time: int) -> BookSnapshot:
    return BookSnapshot("S", time, last, [(10.0, 1.0)], [(11.0, 1.0)])


def shown(records: list[AnyDepth]) -> list[tuple[str, int]]:
    """Return what each record is and its time."""
    return [(r.reason.value if isinstance(r, BookReset) else r.kind, r.event_time) for r in records]


def synced() -> DepthSync:
    book = sync()
    book.update(update(5, 6, 4, 1_000), 1)
    book.snapshot_requested()
    assert shown(book.snapshot(snapshot(6, 1_000), 1)) == [("snapshot", 1_000), ("diff", 1_000)]
    return book


def test_nothing_is_said_or_wanted_before_the_first_frame() -> None:
    book = sync()
    assert not book.wants_snapshot
    assert book.keep_alive(5_000, 1) == []
    assert book.lost(ResetReason.DISCONNECT, 1) == []
    assert book.finish(5_000, 1) == []


def test_the_first_frame_starts_with_a_reset_at_its_time_and_wants_a_snapshot() -> None:
    book = sync()
    assert shown(book.update(update(5, 6, 4, 1_000), 1)) == [("start", 1_000)]
    assert book.wants_snapshot
    book.snapshot_requested()
    assert not book.wants_snapshot


def test_updates_before_the_snapshot_are_dropped_and_the_rest_applied() -> None:
    book = sync()
    for last, time in ((6, 1_000), (8, 1_010), (10, 1_020)):
        book.update(update(last - 1, last, last - 2, time), 1)
    assert shown(book.snapshot(snapshot(8, 1_010), 1)) == [
        ("snapshot", 1_010),
        ("diff", 1_010),
        ("diff", 1_020),
    ]
    assert book.counts.stale_dropped == 1


def test_a_snapshot_older_than_the_buffer_is_refused_and_another_wanted() -> None:
    book = sync()
    book.update(update(50, 60, 45, 1_000), 1)
    book.snapshot_requested()
    assert book.snapshot(snapshot(40, 900), 1) == []
    assert (book.synced, book.wants_snapshot) == (False, True)
    assert book.counts.snapshots_refused == 1


def test_a_gap_loses_the_book_until_a_snapshot_connects() -> None:
    book = synced()
    assert shown(book.update(update(9, 10, 8, 1_100), 1)) == [("gap", 1_000)]
    assert book.wants_snapshot
    book.snapshot_requested()
    assert shown(book.snapshot(snapshot(10, 1_100), 1)) == [("snapshot", 1_100), ("diff", 1_100)]
    assert (book.counts.gaps, book.counts.resyncs) == (1, 1)


def test_a_repeated_update_is_dropped_without_a_gap() -> None:
    book = synced()
    assert book.update(update(5, 6, 4, 1_000), 1) == []
    assert (book.synced, book.counts.gaps) == (True, 0)


def test_ids_that_begin_anew_are_a_gap_and_not_repeats() -> None:
    book = synced()
    assert shown(book.update(update(1, 2, 0, 2_000), 1)) == [("gap", 1_000)]


def test_a_snapshot_newer_than_all_updates_waits_for_the_one_that_connects() -> None:
    book = sync()
    book.update(update(5, 6, 4, 1_000), 1)
    assert shown(book.snapshot(snapshot(9, 1_050), 1)) == [("snapshot", 1_050)]
    assert book.update(update(7, 8, 6, 1_040), 1) == []
    assert shown(book.update(update(9, 12, 8, 1_060), 1)) == [("diff", 1_060)]
    assert shown(book.update(update(14, 15, 13, 1_070), 1)) == [("gap", 1_060)]


def test_a_disconnect_loses_the_book_and_times_never_run_backwards() -> None:
    book = synced()
    assert shown(book.lost(ResetReason.DISCONNECT, 1)) == [("disconnect", 1_000)]
    assert shown(book.keep_alive(3_000, 1)) == [("disconnect", 3_000)]
    assert book.update(update(20, 21, 19, 2_900), 1) == []
    assert shown(book.snapshot(snapshot(21, 2_900), 1)) == [("snapshot", 3_000), ("diff", 3_000)]


def test_too_many_waiting_updates_are_given_up_aloud() -> None:
    book = sync(max_buffered=2)
    records = [r for n in range(5) for r in book.update(update(n + 1, n + 1, n, 1_000 + n), 1)]
    assert shown(records) == [("start", 1_000), ("overflow", 1_000)]
    assert book.counts.overflows == 1
    assert book.counts.unbridged_dropped == 3


def test_nothing_is_promised_while_a_snapshot_is_under_way() -> None:
    book = sync()
    book.update(update(5, 6, 4, 1_000), 1)
    book.snapshot_requested()
    book.update(update(7, 8, 6, 2_500), 1)
    assert shown(book.keep_alive(2_400, 1)) == [("start", 1_000)]
    book.snapshot_failed()
    assert shown(book.keep_alive(None, 1)) == [("snapshot_failed", 2_500)]


def test_a_snapshot_that_came_too_early_is_forgotten_once_the_promise_has_passed_it() -> None:
    book = synced()
    book.update(update(9, 10, 8, 1_100), 1)
    book.snapshot_requested()
    book.lost(ResetReason.DISCONNECT, 1)
    assert book.snapshot(snapshot(12, 1_200), 1) == []
    assert shown(book.keep_alive(3_000, 1)) == [("disconnect", 3_000)]
    assert book.update(update(12, 13, 11, 3_100), 1) == []
    assert book.wants_snapshot


def test_a_book_at_rest_repeats_its_time_and_moves_it_where_that_is_safe() -> None:
    book = synced()
    assert shown(book.keep_alive(None, 1)) == [("heartbeat", 1_000)]
    assert shown(book.keep_alive(1_700, 1)) == [("heartbeat", 1_700)]
    assert shown(book.keep_alive(1_600, 1)) == [("heartbeat", 1_700)]


def streamed() -> DepthSync:
    book = DepthSync("v", "S", BybitSequence())
    assert shown(book.image(snapshot(500, 1_000), 1)) == [("start", 1_000), ("snapshot", 1_000)]
    assert shown(book.update(update(501, 501, 500, 1_100), 1)) == [("diff", 1_100)]
    return book


def test_a_book_numbered_anew_replaces_even_where_nothing_has_changed_since_the_update() -> None:
    book = streamed()
    assert shown(book.image(snapshot(1, 1_100), 1)) == [("restart", 1_100), ("snapshot", 1_100)]
    # The other of two overlapping connections repeats it, before and after the next update.
    assert book.image(snapshot(1, 1_100), 1) == []
    assert shown(book.update(update(2, 2, 1, 1_200), 1)) == [("diff", 1_200)]
    assert book.image(snapshot(1, 1_100), 1) == []
    assert (book.counts.gaps, book.counts.stale_dropped) == (0, 2)


def test_the_book_with_which_a_second_connection_begins_is_a_repetition() -> None:
    book = streamed()
    assert book.image(snapshot(501, 1_100), 1) == []
    assert book.image(snapshot(500, 1_000), 1) == []
    assert shown(book.update(update(502, 502, 501, 1_200), 1)) == [("diff", 1_200)]
    assert book.counts.gaps == 0


def test_the_end_says_whether_there_is_a_book() -> None:
    (last,) = synced().finish(2_000, 1)
    assert isinstance(last, DepthHeartbeat)
    waiting = sync()
    waiting.update(update(5, 6, 4, 1_000), 1)
    (reset,) = waiting.finish(2_000, 1)
    assert isinstance(reset, BookReset)
    assert (reset.event_time, reset.reason) == (2_000, ResetReason.START)
