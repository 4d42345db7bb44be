"""Whatever the network does, the records give the venue's book or say that there is none."""

from dataclasses import dataclass, field
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.feeds.depth_sync import DepthSync
from ingest.venues.binance.sequence import BinanceSequence
from ingest.venues.events import BookSnapshot, DepthUpdate
from schemas.market import (
    AnyDepth,
    BookReset,
    DepthDiff,
    DepthHeartbeat,
    DepthSnapshot,
    ResetReason,
)

SYMBOL = "BTCUSDT"
MAX_BUFFERED = 6
Book = dict[float, float]


@dataclass
class VenueModel:
    """A venue's book of bids with every state it ever had."""

    last_id: int = 100
    time: int = 1_000
    book: Book = field(default_factory=dict)
    states: dict[int, Book] = field(default_factory=lambda: {100: {}})
    times: dict[int, int] = field(default_factory=lambda: {100: 1_000})

    def step(self, changes: list[tuple[int, int]], skipped: int, elapsed: int) -> DepthUpdate:
        """Change levels; return the update. Every change has an id of its own."""
        first, previous = self.last_id + 1 + skipped, self.last_id
        self.time += elapsed
        changed: Book = {}
        number = first - 1
        for price, qty in changes:
            number += 1
            changed[float(price)] = float(qty)
            if qty:
                self.book[float(price)] = float(qty)
            else:
                self.book.pop(float(price), None)
            self.states[number] = dict(self.book)
            self.times[number] = self.time
        self.last_id = number
        return DepthUpdate(SYMBOL, self.time, first, number, previous, sorted(changed.items()), [])

    def snapshot(self, behind: int) -> BookSnapshot:
        """Return the state `behind` changes ago."""
        known = list(self.states)
        at = known[max(0, len(known) - 1 - behind)]
        return BookSnapshot(SYMBOL, self.times[at], at, sorted(self.states[at].items()), [])


class Reader:
    """Rebuilds the book from the records alone, and compares it with the venue's."""

    def __init__(self, venue: VenueModel) -> None:
        self.venue = venue
        self.records: list[AnyDepth] = []
        self.book: Book | None = None
        self.last_id: int | None = None
        self.fresh = False

    def read(self, records: list[AnyDepth]) -> None:
        for record in records:
            self._read(record)
            if self.book is not None and self.last_id is not None:
                assert self.book == self.venue.states[self.last_id]
        self.records += records

    def _read(self, record: AnyDepth) -> None:
        if isinstance(record, BookReset):
            self.book, self.last_id = None, None
        elif isinstance(record, DepthSnapshot):
            assert self.book is None
            self.book, self.last_id, self.fresh = dict(record.bids), record.last_update_id, True
        elif isinstance(record, DepthDiff):
            assert self.book is not None
            if not self.fresh:
                assert record.prev_update_id == self.last_id
            self.fresh = False
            for price, qty in record.bids:
                if qty:
                    self.book[price] = qty
                else:
                    self.book.pop(price, None)
            self.last_id = record.last_update_id
        else:
            assert isinstance(record, DepthHeartbeat)
            assert self.book is not None


changes = st.lists(st.tuples(st.integers(1, 5), st.integers(0, 3)), min_size=1, max_size=4)
steps = st.one_of(
    st.tuples(st.just("change"), changes, st.integers(0, 2), st.integers(0, 5)),
    st.tuples(st.sampled_from(["deliver", "lose", "repeat", "swap"])),
    st.tuples(st.just("snapshot"), st.integers(0, 8)),
    st.tuples(st.sampled_from(["request", "fail", "disconnect", "tick"])),
)


def run(script: list[tuple[object, ...]]) -> tuple[VenueModel, DepthSync, Reader]:
    """Play a script of what the venue and the network do."""
    venue = VenueModel()
    sync = DepthSync("v", SYMBOL, BinanceSequence(), MAX_BUFFERED)
    reader = Reader(venue)
    wire: list[DepthUpdate] = []
    delivered: DepthUpdate | None = None
    for action, *arguments in script:
        match action, arguments:
            case "change", (list(levels), int(skipped), int(elapsed)):
                wire.append(venue.step(levels, skipped, elapsed))
            case "deliver", _ if wire:
                delivered = wire.pop(0)
                reader.read(sync.update(delivered, 1))
            case "lose", _ if wire:
                wire.pop(0)
            case "swap", _ if len(wire) > 1:
                wire[0], wire[1] = wire[1], wire[0]
            case "repeat", _ if delivered is not None:
                reader.read(sync.update(delivered, 1))
            case "request", _ if sync.wants_snapshot:
                sync.snapshot_requested()
            case "snapshot", (int(behind),):
                reader.read(sync.snapshot(venue.snapshot(behind), 1))
            case "fail", _:
                sync.snapshot_failed()
            case "disconnect", _:
                wire.clear()
                reader.read(sync.lost(ResetReason.DISCONNECT, 1))
            case "tick", _:
                reader.read(sync.keep_alive(None, 1))
            case _:
                continue
        assert sync.synced == (reader.book is not None)
        assert sync.buffered <= MAX_BUFFERED
    return venue, sync, reader


@settings(max_examples=300, deadline=None)
@given(st.lists(steps, max_size=60))
def test_the_book_is_the_venues_or_there_is_none(script: list[tuple[object, ...]]) -> None:
    _, _, reader = run(script)
    assert all(a.event_time <= b.event_time for a, b in pairwise(reader.records))
    if reader.records:
        first = reader.records[0]
        assert isinstance(first, BookReset)
        assert first.reason is ResetReason.START


@settings(max_examples=100, deadline=None)
@given(st.lists(steps, max_size=40), changes, changes)
def test_a_healthy_network_always_brings_the_book_back(
    script: list[tuple[object, ...]],
    before: list[tuple[int, int]],
    after: list[tuple[int, int]],
) -> None:
    venue, sync, reader = run([*script, ("disconnect",)])
    reader.read(sync.update(venue.step(before, 0, 1), 1))
    if not sync.synced:
        reader.read(sync.snapshot(venue.snapshot(0), 1))
    reader.read(sync.update(venue.step(after, 0, 1), 1))
    assert sync.synced
    assert reader.book == venue.book


@settings(max_examples=100, deadline=None)
@given(st.lists(changes, min_size=2, max_size=20), st.integers(0, 19))
def test_an_undisturbed_stream_has_no_gap_and_loses_nothing(
    stream: list[list[tuple[int, int]]], asked_after: int
) -> None:
    venue = VenueModel()
    sync = DepthSync("v", SYMBOL, BinanceSequence())
    reader = Reader(venue)
    for number, levels in enumerate(stream):
        reader.read(sync.update(venue.step(levels, 0, 1), 1))
        if number == min(asked_after, len(stream) - 1):
            reader.read(sync.snapshot(venue.snapshot(0), 1))
    assert sync.counts.gaps == 0
    assert sync.counts.applied + sync.counts.stale_dropped == len(stream)
    assert reader.book == venue.book
