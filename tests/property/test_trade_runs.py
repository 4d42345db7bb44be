"""Trades that share a place are counted together: it must come to what one by one comes to."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from processors.engine.elements import PackEnd, TradeRun
from processors.engine.merge import Merge, MergePosition
from processors.engine.readings.flow import Bar
from processors.engine.readings.recent_flow import RecentFlow
from schemas.market import TakerSide, Trade, Trades
from schemas.settings import FlowSettings
from schemas.trade_ids import TradeIds

START = 1_700_000_000_000
TIMES = st.integers(0, 4).map(lambda ms: START + ms)
"""Few, so that many trades come in one millisecond and some come late."""
TRADES = st.lists(
    st.builds(
        Trade,
        st.integers(0, 30),
        TIMES,
        st.floats(99, 101),
        st.floats(0.001, 20_000),
        st.sampled_from(TakerSide),
    ),
    min_size=1,
    max_size=30,
)


def pack_of(trades: list[Trade], beside: list[int] | None = None) -> Trades:
    return Trades(
        venue="v",
        symbol="S",
        received_us=START * 1_000,
        watermark=START + 10,
        beside_book=beside,
        trades=trades,
    )


def released(pack: Trades, position: MergePosition | None = None) -> list[TradeRun]:
    merge = Merge(FlowSettings(), 0, position)
    merge.push(pack, 0)
    merge.depth_floor = START + 1_000
    elements = list(merge.release())
    assert isinstance(elements[-1], PackEnd)
    return [element for element in elements if isinstance(element, TradeRun)]


@given(TRADES, st.integers(1, 5))
def test_duplicates_are_found_in_runs_as_one_by_one(trades: list[Trade], size: int) -> None:
    apart, together = TradeIds(), TradeIds()
    for begin in range(0, len(trades), size):
        run = trades[begin : begin + size]
        new = [one for one in run if apart.is_new(one.trade_id, one.event_time)]
        assert together.new_among(run) == new
        assert together == apart


@given(TRADES)
def test_ids_without_gaps_are_all_new(trades: list[Trade]) -> None:
    ids = TradeIds()
    run = [one._replace(trade_id=number) for number, one in enumerate(trades)]
    assert ids.new_among(run) == run
    assert ids.new_among([run[-1]._replace(trade_id=len(run))])
    assert ids.newest == len(run)
    assert ids.newest_time == max(one.event_time for one in run)
    assert ids.new_among(run[:1]) == []


@given(TRADES, st.booleans())
def test_a_bar_and_the_recent_flow_count_runs_as_one_by_one(
    trades: list[Trade], late: bool
) -> None:
    units = [round(one.qty * 1_000) for one in trades]
    bars, flows = (Bar(START), Bar(START)), (RecentFlow(), RecentFlow())
    bars[0].add(trades, units, late, 0.9)
    flows[0].add(START, trades, units)
    for one, lots in zip(trades, units, strict=True):
        bars[1].add([one], [lots], late, 0.9)
        flows[1].add(START, [one], [lots])
    assert msgspec.to_builtins(bars[0]) == msgspec.to_builtins(bars[1])
    assert msgspec.to_builtins(flows[0]) == msgspec.to_builtins(flows[1])


@given(TRADES, st.sets(st.integers(0, 29)))
def test_a_run_is_of_one_place_and_what_is_late_or_beside_the_book_stands_alone(
    trades: list[Trade], beside: set[int]
) -> None:
    places = sorted(beside & set(range(len(trades))))
    runs = released(pack_of(trades, places or None))
    assert [one for run in runs for one in run.trades] == trades
    newest, number = 0, 0
    for run in runs:
        for one in run.trades:
            assert run.late == (one.event_time < newest)
            newest = max(newest, one.event_time)
            assert run.time == newest
            assert run.beside_book == (number in places)
            number += 1
        assert len(run.trades) == 1 or not (run.late or run.beside_book)


@given(TRADES, st.data())
def test_a_restart_within_a_pack_goes_on_with_the_next_trade(
    trades: list[Trade], data: st.DataObject
) -> None:
    done = data.draw(st.integers(0, len(trades)))
    left = released(pack_of(trades), MergePosition(trades_released=done))
    assert [one for run in left for one in run.trades] == trades[done:]
    assert [run.time for run in left for _ in run.trades] == [
        run.time for run in released(pack_of(trades)) for _ in run.trades
    ][done:]
