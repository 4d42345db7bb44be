"""An injected stream is still one that the venue could have sent."""

from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compose.evaluation.injection.episode import Group
from compose.evaluation.injection.inject import FIRST_TRADE_ID, Injected, inject
from compose.evaluation.injection.path import MarketPath
from compose.evaluation.injection.schedule import programme
from compose.evaluation.injection.stream import MarketStream
from schemas.market import (
    BookReset,
    DepthDiff,
    DepthSnapshot,
    MarketRecord,
    TakerSide,
    Trade,
    Trades,
)
from schemas.signals import Side
from tests.quality.streams import market

SEEDS = st.integers(0, 10_000)
GROUPS = st.sampled_from(Group)


def injected(group: Group, seed: int) -> tuple[MarketStream, MarketPath, Injected]:
    stream, path = market()
    return stream, path, inject(stream, path, programme(path, group, seed).acts, seed)


def diffs(records: tuple[MarketRecord, ...]) -> list[DepthDiff]:
    found = [record for record in records if isinstance(record, DepthDiff)]
    start = next(record for record in records if isinstance(record, DepthSnapshot))
    return [diff for diff in found if diff.last_update_id >= start.last_update_id]


def trades(records: tuple[MarketRecord, ...]) -> list[Trade]:
    return [trade for r in records if isinstance(r, Trades) for trade in r.trades]


class Books:
    """Two books side by side: the untouched stream's and the injected one's, in lots."""

    def __init__(self, stream: MarketStream) -> None:
        self.grid = stream.grid
        self.levels: dict[Side, dict[int, int]] = {Side.BID: {}, Side.ASK: {}}

    def apply(self, record: DepthSnapshot | DepthDiff) -> None:
        for side, changes in ((Side.BID, record.bids), (Side.ASK, record.asks)):
            for price, qty in changes:
                tick, lots = self.grid.ticks(price), self.grid.lots(qty)
                if lots:
                    self.levels[side][tick] = lots
                else:
                    self.levels[side].pop(tick, None)


@given(group=GROUPS, seed=SEEDS)
@settings(max_examples=5, deadline=None)
def test_the_book_is_the_real_one_plus_what_the_actors_have_standing(
    group: Group, seed: int
) -> None:
    """The oracle of the untouched levels, after every single update; and nothing is crossed."""
    stream, _, made = injected(group, seed)
    real, ours = Books(stream), Books(stream)
    snapshot = next(record for record in stream.records if isinstance(record, DepthSnapshot))
    real.apply(snapshot)
    ours.apply(snapshot)
    standing: dict[tuple[Side, int], int] = defaultdict(int)
    moves = defaultdict(list)
    for episode in made.episodes:
        for move in episode.moves:
            moves[move.update].append((episode.side, episode.tick, move))
    pairs = zip(diffs(stream.records), diffs(made.stream.records), strict=True)
    for update, (before, after) in enumerate(pairs):
        real.apply(before)
        ours.apply(after)
        for side, tick, move in moves[update]:
            standing[side, tick] += move.placed - move.traded - move.pulled
        for side in Side:
            expected = dict(real.levels[side])
            for (own, tick), lots in standing.items():
                if own is side and lots:
                    expected[tick] = expected.get(tick, 0) + lots
            assert ours.levels[side] == expected
        assert max(ours.levels[Side.BID]) < min(ours.levels[Side.ASK])
    assert not any(standing.values())


@given(group=GROUPS, seed=SEEDS)
@settings(max_examples=5, deadline=None)
def test_sequence_ids_and_times_stay_as_the_venue_sent_them(group: Group, seed: int) -> None:
    stream, _, made = injected(group, seed)

    def heads(records: tuple[MarketRecord, ...]) -> list[tuple[int, ...]]:
        return [
            (d.event_time, d.received_us, d.first_update_id, d.last_update_id, d.prev_update_id)
            for d in diffs(records)
        ]

    assert heads(made.stream.records) == heads(stream.records)


@given(group=GROUPS, seed=SEEDS)
@settings(max_examples=5, deadline=None)
def test_trades_keep_every_promise_of_the_trade_stream(group: Group, seed: int) -> None:
    stream, _, made = injected(group, seed)
    promise = newest = 0
    for record in made.stream.records:
        if isinstance(record, Trades):
            for trade in record.trades:
                assert trade.event_time > promise
                assert trade.event_time >= newest
                newest = trade.event_time
            promise = max(promise, record.watermark)
    ids = [trade.trade_id for trade in trades(made.stream.records)]
    assert len(ids) == len(set(ids))
    kept = [t for t in trades(made.stream.records) if t.trade_id < FIRST_TRADE_ID]
    assert kept == trades(stream.records)


@given(group=GROUPS, seed=SEEDS)
@settings(max_examples=5, deadline=None)
def test_what_is_traded_is_traded_within_the_update_that_shows_it(group: Group, seed: int) -> None:
    stream, path, made = injected(group, seed)
    lots: dict[tuple[Side, int, int], int] = defaultdict(int)
    for trade in trades(made.stream.records):
        if trade.trade_id >= FIRST_TRADE_ID:
            side = Side.ASK if trade.taker is TakerSide.BUY else Side.BID
            update = path.at(trade.event_time)
            assert path.times[update - 1] < trade.event_time <= path.times[update]
            lots[side, stream.grid.ticks(trade.price), update] += stream.grid.lots(trade.qty)
    for episode in made.episodes:
        for move in episode.moves:
            key = episode.side, episode.tick, move.update
            assert lots.pop(key, 0) == move.traded + move.hidden
    # What is left is volume at the touch that its level made good at once.
    for side, tick, update in lots:
        sign = 1 if side is Side.ASK else -1
        assert tick * sign == path.views[side].own[update] == path.views[side].own[update - 1]


@given(group=GROUPS, seed=SEEDS)
@settings(max_examples=5, deadline=None)
def test_takers_never_trade_through_a_standing_order(group: Group, seed: int) -> None:
    _, path, made = injected(group, seed)
    events = []
    for trade in trades(made.stream.records):
        side = Side.ASK if trade.taker is TakerSide.BUY else Side.BID
        events.append((path.at(trade.event_time), side, path.grid.ticks(trade.price)))
    for episode in made.episodes:
        sign = 1 if episode.side is Side.ASK else -1
        for update, side, tick in events:
            if side is episode.side and episode.first < update < episode.last:
                assert tick * sign <= episode.tick * sign


@pytest.mark.parametrize("group", tuple(Group))
def test_a_reset_is_followed_by_a_snapshot_that_the_next_update_continues(group: Group) -> None:
    _, _, made = injected(group, 4)
    records = [r for r in made.stream.records if not isinstance(r, Trades)]
    resets = [place for place, r in enumerate(records) if isinstance(r, BookReset)]
    for place in resets[1:]:
        snapshot, follower = records[place + 1], records[place + 2]
        assert isinstance(snapshot, DepthSnapshot)
        assert isinstance(follower, DepthDiff)
        assert follower.prev_update_id == snapshot.last_update_id
    assert (len(resets) > 1) is (group is Group.ADVERSARIAL)


def test_the_same_seed_gives_the_same_stream() -> None:
    _, _, one = injected(Group.ADVERSARIAL, 9)
    _, _, two = injected(Group.ADVERSARIAL, 9)
    assert one.stream.records == two.stream.records
    assert one.episodes == two.episodes
