"""What waits in a merge is what was pushed and not released, however the streams come together."""

from __future__ import annotations

from typing import Any, Final

from hypothesis import given
from hypothesis import strategies as st

from processors.engine.elements import DepthElement, PackEnd, TradeGroup
from processors.engine.merge import Merge
from schemas.market import DepthDiff, TakerSide, Trade, Trades
from schemas.settings import FlowSettings
from schemas.topics import DEPTH, TRADES

HEAD: Final[dict[str, Any]] = {"venue": "v", "symbol": "AAA", "received_us": 0}
START_MS: Final = 1_000_000
GAPS_MS: Final = st.lists(st.integers(0, 40), max_size=8)


@given(st.lists(st.one_of(GAPS_MS, st.integers(1, 200)), max_size=40), st.integers(0, 100))
def test_what_waits_is_what_was_pushed_and_not_released(
    steps: list[list[int] | int], alignment_ms: int
) -> None:
    """A step is a pack, by the time from each of its trades to the next, or the time to a depth
    record."""
    merge = Merge(FlowSettings(), alignment_ms)
    trade_time = depth_time = START_MS
    packs = depths = trades_waiting = depth_waiting = number = 0
    for step in steps:
        if isinstance(step, int):
            depth_time += step
            depths += 1
            diff = DepthDiff(
                **HEAD,
                event_time=depth_time,
                first_update_id=depths,
                last_update_id=depths,
                prev_update_id=depths - 1,
                bids=[],
                asks=[],
            )
            merge.push(diff, depths)
            depth_waiting += 1
        else:
            trades = []
            for gap in step:
                trade_time += gap
                number += 1
                trades.append(Trade(number, trade_time, 100.0, 1.0, TakerSide.BUY))
            packs += 1
            merge.push(Trades(**HEAD, watermark=trade_time, trades=trades), packs)
            trades_waiting += len(trades) + 1
        for element in merge.release():
            if isinstance(element, TradeGroup):
                trades_waiting -= len(element.trades)
            elif isinstance(element, PackEnd):
                trades_waiting -= 1
            else:
                assert isinstance(element, DepthElement)
                depth_waiting -= 1
        waits = merge.pending()
        assert (waits[TRADES.name], waits[DEPTH.name]) == (trades_waiting, depth_waiting)
