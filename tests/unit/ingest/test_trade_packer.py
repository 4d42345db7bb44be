"""Packs, promises and heartbeats of the trade stream."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ingest.feeds.trades.trade_packer import MAX_PACK_TRADES, TradePacker
from schemas.market import TakerSide, Trade, Trades


def trade(time: int, number: int = 1) -> Trade:
    return Trade(number, time, 10.0, 1.0, TakerSide.BUY)


def packer(pack_ms: int = 50) -> TradePacker:
    return TradePacker("v", "S", pack_ms, heartbeat_ms=1_000)


def test_a_pack_waits_for_others_no_longer_than_allowed_and_promises_one_less() -> None:
    trades = packer()
    assert trades.add(trade(1_000), 7, 0.0) == []
    assert trades.add(trade(1_002), 8, 20.0) == []
    assert trades.due_ms == 50.0
    assert trades.tick(49.0) == []
    (pack,) = trades.tick(50.0)
    assert [t.event_time for t in pack.trades] == [1_000, 1_002]
    assert (pack.watermark, pack.received_us) == (1_001, 7)
    assert trades.due_ms is None


def test_without_packing_every_trade_goes_at_once() -> None:
    (pack,) = packer(pack_ms=0).add(trade(1_000), 7, 0.0)
    assert pack.watermark == 999


def test_a_full_pack_does_not_wait() -> None:
    trades = packer()
    packs = [p for n in range(MAX_PACK_TRADES) for p in trades.add(trade(1_000, n), 7, 0.0)]
    assert [len(pack.trades) for pack in packs] == [MAX_PACK_TRADES]


def test_nothing_is_said_before_anything_is_known() -> None:
    assert packer().heartbeat(None, 1, 10_000.0) == []


def test_without_a_clock_a_heartbeat_repeats_the_promise_each_second() -> None:
    trades = packer(pack_ms=0)
    trades.add(trade(1_000), 7, 0.0)
    assert trades.heartbeat(None, 8, 999.0) == []
    (pack,) = trades.heartbeat(None, 8, 1_000.0)
    assert (pack.watermark, pack.trades) == (999, [])


def test_the_venues_clock_moves_the_promise_and_never_back() -> None:
    trades = packer(pack_ms=0)
    trades.add(trade(1_000), 7, 0.0)
    (pack,) = trades.heartbeat(1_400, 8, 1.0)
    assert pack.watermark == 1_400
    assert trades.heartbeat(1_300, 8, 2.0) == []
    (later,) = trades.add(trade(1_350), 9, 3.0)
    assert later.watermark == 1_400
    assert trades.late_trades == 1


def test_a_heartbeat_never_overtakes_the_open_pack() -> None:
    trades = packer()
    trades.add(trade(1_000), 7, 0.0)
    assert trades.heartbeat(5_000, 8, 1.0) == []


def test_the_end_flushes_and_closes_the_second() -> None:
    trades = packer()
    trades.add(trade(1_000), 7, 0.0)
    packs = trades.finish(2_000, 9, 1.0)
    assert [(len(pack.trades), pack.watermark) for pack in packs] == [(1, 999), (0, 2_000)]


def test_a_poll_is_named_only_after_the_broker_has_it() -> None:
    trades = packer(pack_ms=0)
    (before,) = trades.add(trade(1_000), 7, 0.0)
    trades.interest_acknowledged(900)
    (after,) = trades.add(trade(1_001), 7, 0.0)
    assert (before.open_interest_time, after.open_interest_time) == (0, 900)


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("trade"), st.integers(0, 30)),
            st.tuples(st.just("clock"), st.integers(0, 40)),
            st.tuples(st.just("wait"), st.integers(1, 2_000)),
        ),
        max_size=60,
    ),
    st.sampled_from([0, 50, 300]),
)
def test_every_trade_comes_once_in_order_and_no_promise_is_broken(
    script: list[tuple[str, int]], pack_ms: int
) -> None:
    """A venue whose clock is never ahead of a trade still to come, as the margin ensures."""
    trades, packs, sent, newest, now = packer(pack_ms), list[Trades](), list[Trade](), 1_000, 0.0
    for action, value in script:
        if action == "trade":
            newest += value
            sent.append(trade(newest, len(sent)))
            packs += trades.add(sent[-1], 1, now)
        elif action == "clock":
            packs += trades.heartbeat(newest - 1 - value, 1, now)
        else:
            now += value
            packs += trades.tick(now) + trades.heartbeat(None, 1, now)
    packs += trades.finish(newest + 1, 1, now)
    assert [t for pack in packs for t in pack.trades] == sent
    assert trades.late_trades == 0
    for before, after in pairwise(packs):
        assert before.watermark <= after.watermark
        assert all(t.event_time > before.watermark for t in after.trades)
