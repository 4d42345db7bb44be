"""Whatever a venue sends, the published records never make a book that contradicts itself."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.feeds.depth_sync import DepthSync
from ingest.venues.binance.sequence import BinanceSequence
from ingest.venues.events import BookSnapshot, DepthUpdate
from schemas.market import (
    AnyDepth,
    BookReset,
    DepthDiff,
    DepthSnapshot,
    Level,
    ResetReason,
)

prices = st.integers(90, 110).map(float)
sides = st.lists(st.tuples(prices, st.integers(0, 3).map(float)), max_size=4)
updates = st.lists(st.tuples(sides, sides), min_size=1, max_size=40)


class Book:
    """What a reader makes of the records."""

    def __init__(self) -> None:
        self.valid = False
        self.bids: dict[float, float] = {}
        self.asks: dict[float, float] = {}

    def take(self, record: AnyDepth) -> None:
        if isinstance(record, BookReset):
            self.valid = False
        if not isinstance(record, DepthSnapshot | DepthDiff):
            return
        for levels in (record.bids, record.asks):
            assert len({price for price, _ in levels}) == len(levels)
        if isinstance(record, DepthSnapshot):
            self.valid = True
            self.bids, self.asks = {}, {}
        for side, levels in ((self.bids, record.bids), (self.asks, record.asks)):
            for price, qty in levels:
                side.pop(price, None)
                if qty:
                    side[price] = qty

    def check(self) -> None:
        if self.valid and self.bids and self.asks:
            assert max(self.bids) < min(self.asks)


@given(updates)
@settings(max_examples=300, deadline=None)
def test_a_book_is_never_valid_while_it_is_crossed(
    frames: list[tuple[list[Level], list[Level]]],
) -> None:
    sync, book = DepthSync("v", "S", BinanceSequence()), Book()
    truth_bids, truth_asks = {95.0: 1.0}, {105.0: 1.0}

    def publish(records: list[AnyDepth]) -> None:
        for record in records:
            book.take(record)
            book.check()

    for number, (bids, asks) in enumerate(frames, 1):
        for side, levels in ((truth_bids, bids), (truth_asks, asks)):
            for price, qty in levels:
                side.pop(price, None)
                if qty:
                    side[price] = qty
        update = DepthUpdate("S", 1_000 + number, number, number, number - 1, bids, asks)
        publish(sync.update(update, 1))
        if sync.wants_snapshot:
            sync.snapshot_requested()
            time, sides = 1_000 + number, [list(truth_bids.items()), list(truth_asks.items())]
            publish(sync.snapshot(BookSnapshot("S", time, number, sides[0], sides[1]), 1))
        assert book.valid == sync.synced


def synced() -> DepthSync:
    sync = DepthSync("v", "S", BinanceSequence())
    sync.update(DepthUpdate("S", 1_000, 1, 1, 0, [], []), 1)
    sync.snapshot_requested()
    sync.snapshot(BookSnapshot("S", 1_000, 1, [(99.0, 1.0)], [(101.0, 1.0)]), 1)
    assert sync.synced
    sync.marked(100.0)
    return sync


CONTRADICTIONS: list[tuple[str, list[Level], list[Level]]] = [
    ("crossed", [(102.0, 1.0)], []),
    ("locked", [(101.0, 1.0)], []),
    ("twice", [(98.0, 1.0), (98.0, 2.0)], []),
    ("twice", [], [(103.0, 1.0), (103.0, 0.0)]),
    ("far above", [(111.0, 1.0)], [(101.0, 0.0), (120.0, 1.0)]),
    ("far below", [(99.0, 0.0), (80.0, 1.0)], [(89.0, 1.0)]),
]


def test_every_contradiction_costs_the_book_until_the_next_snapshot() -> None:
    for word, bids, asks in CONTRADICTIONS:
        sync = synced()
        (reset,) = sync.update(DepthUpdate("S", 1_100, 2, 2, 1, bids, asks), 1)
        assert isinstance(reset, BookReset)
        assert reset.reason is ResetReason.CONTRADICTION
        assert word in sync.contradiction
        assert sync.counts.contradictions == 1
        sync.update(DepthUpdate("S", 1_200, 3, 3, 2, [], []), 1)
        assert sync.wants_snapshot
        sync.snapshot_requested()
        sound = BookSnapshot("S", 1_200, 3, [(99.0, 1.0)], [(101.0, 1.0)])
        assert isinstance(sync.snapshot(sound, 1)[0], DepthSnapshot)
        assert sync.synced


def test_a_snapshot_that_contradicts_itself_is_refused_and_another_wanted() -> None:
    sync = DepthSync("v", "S", BinanceSequence())
    sync.update(DepthUpdate("S", 1_000, 1, 1, 0, [], []), 1)
    sync.snapshot_requested()
    crossed = BookSnapshot("S", 1_000, 1, [(101.0, 1.0)], [(101.0, 1.0)])
    assert sync.snapshot(crossed, 1) == []
    assert (sync.synced, sync.wants_snapshot) == (False, True)


def test_a_market_that_has_left_its_mark_price_is_believed_after_one_resync() -> None:
    sync = synced()
    away = ([(99.0, 0.0), (111.0, 1.0)], [(101.0, 0.0), (112.0, 1.0)])
    sync.update(DepthUpdate("S", 1_100, 2, 2, 1, *away), 1)
    sync.update(DepthUpdate("S", 1_200, 3, 3, 2, [], []), 1)
    sync.snapshot_requested()
    sync.snapshot(BookSnapshot("S", 1_200, 3, [(111.0, 1.0)], [(112.0, 1.0)]), 1)
    assert sync.synced
    sync.update(DepthUpdate("S", 1_300, 4, 4, 3, [(110.9, 1.0)], []), 1)
    assert sync.synced
    assert sync.counts.contradictions == 1
