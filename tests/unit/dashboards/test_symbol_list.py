"""Which of many symbols a reader sees first."""

from __future__ import annotations

from typing import Any

import pytest

from dashboards.large_orders import SymbolState
from dashboards.liveness import FeedState, Liveness
from dashboards.symbol_list import SortBy, first_of, wall_distance_bps
from dashboards.web.snapshot import Snapshot

MID = 100.0


def state(
    symbol: str, *prices: float, action: str = "UNKNOWN", score: float = 0.0, live: bool = True
) -> SymbolState:
    """Return a symbol with open orders at these prices and a closed one at mid."""
    orders: list[dict[str, Any]] = [{"price": price, "state": "open"} for price in prices]
    return SymbolState(
        venue="v",
        symbol=symbol,
        now_ms=1,
        summary={"final_action": action, "buy_score": score, "sell_score": None},
        context={"mid": MID},
        action_evidence={},
        orders=[*orders, {"price": MID, "state": "closed"}],
        liveness=Liveness(FeedState.LIVE if live else FeedState.STALE, 0, ""),
        has_live_book=live,
    )


STATES = [
    state("CCC", 99.0, 100.5, action="ACCUMULATION", score=3.0),
    state("AAA", 98.0, action="ACCUMULATION", score=5.0),
    state("BBB", score=9.0),
    state("DDD", 100.1, live=False),
]


@pytest.mark.parametrize(
    ("by", "names"),
    [
        (SortBy.NAME, ["AAA", "BBB", "CCC", "DDD"]),
        (SortBy.WALL, ["CCC", "AAA", "BBB", "DDD"]),
        (SortBy.ACTION, ["AAA", "CCC", "BBB", "DDD"]),
    ],
)
def test_symbols_come_by_what_matters(by: SortBy, names: list[str]) -> None:
    assert [found.symbol for found in first_of(STATES, by, None)] == names
    assert [found.symbol for found in first_of(STATES, by, 2)] == names[:2]


def test_only_an_order_that_stands_in_a_live_book_is_a_wall() -> None:
    assert wall_distance_bps(STATES[0]) == pytest.approx(50)
    assert wall_distance_bps(STATES[2]) == wall_distance_bps(STATES[3]) == float("inf")


def test_a_reader_of_a_few_symbols_knows_the_names_of_all() -> None:
    snapshot = Snapshot({(one.venue, one.symbol): one for one in STATES})
    few = snapshot.first(SortBy.WALL, 1, None)
    assert (few["names"], few["known"]) == (["AAA", "BBB", "CCC", "DDD"], 4)
    assert [one["symbol"] for one in few["symbols"]] == ["CCC"]
    only = snapshot.first(SortBy.NAME, None, "BBB")
    assert (only["known"], [one["symbol"] for one in only["symbols"]]) == (1, ["BBB"])
