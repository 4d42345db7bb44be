"""When a rule fires, and when it does not."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.rules.watch import RuleWatch
from schemas.settings import RuleSettings, WatchFor

NOW_MS = 1_700_000_000_000


def rule(on: WatchFor, **fields: Any) -> RuleWatch:
    return RuleWatch(RuleSettings(name="mine", on=on, **{"cooldown_s": 0.0, **fields}))


def wall(**fields: Any) -> dict[str, Any]:
    return {
        "event_id": "o1#0",
        "order_id": "o1",
        "venue": "binance_usdm",
        "symbol": "BTCUSDT",
        "event_time": NOW_MS,
        "side": "bid",
        "price": 60_000.0,
        "state": "open",
        "close_reason": None,
        "classification": "UNKNOWN",
        "value_usd": 5e6,
        "max_value_usd": 6e6,
        "path_ratio": 0.4,
        "spoof_probability": 0.0,
        "p_filled_60s": None,
        "p_pulled_60s": None,
        "distance_bps": 12.0,
        "fill_ratio": 0.0,
        "chain_id": "o1",
        "chain_length": 1,
        **fields,
    }


def mid(price: float | None, at_ms: int = NOW_MS) -> dict[str, Any]:
    return {"venue": "binance_usdm", "symbol": "BTCUSDT", "event_time": at_ms, "mid": price}


PULLED = wall(
    event_id="o1#1", state="closed", close_reason="cancelled", value_usd=0.0,
    spoof_probability=0.8, classification="SPOOF",
)  # fmt: skip


@pytest.mark.parametrize(
    ("condition", "row"),
    [
        ({"symbols": ("ETHUSDT",)}, {}),
        ({"side": "ask"}, {}),
        ({"min_usd": 5.1e6}, {}),
        ({"min_path_ratio": 0.5}, {}),
        ({"min_spoof_probability": 0.1}, {}),
        ({"min_p_filled": 0.1}, {}),
        ({"min_p_pulled": 0.1}, {"p_pulled_60s": 0.05}),
        ({"within_bps": 10.0}, {}),
    ],
)
def test_each_condition_alone_keeps_it_silent(
    condition: dict[str, Any], row: dict[str, Any]
) -> None:
    assert rule(WatchFor.WALL_APPEARS).order(wall(**row)) is not None
    assert rule(WatchFor.WALL_APPEARS, **condition).order(wall(**row)) is None


def test_a_wall_appears_once_when_it_has_grown_enough() -> None:
    watch = rule(WatchFor.WALL_APPEARS, min_usd=6e6)
    assert watch.order(wall()) is None
    fired = watch.order(wall(event_id="o1#1", value_usd=7e6))
    assert fired is not None
    assert fired.text == "bid of 7,000,000 USD at 60000 stands 12.0 bps from mid"
    assert (fired.event_id, fired.order_id) == ("o1#1", "o1")
    assert watch.order(wall(event_id="o1#2", value_usd=8e6)) is None


@pytest.mark.parametrize("price", [60_000.5, 61_832.45, 0.00000045, 123_456.78])
def test_a_price_is_written_in_full(price: float) -> None:
    fired = rule(WatchFor.WALL_APPEARS).order(wall(price=price))
    assert fired is not None
    assert float(fired.text.split(" at ")[1].split()[0]) == price


def test_a_wall_that_stood_before_does_not_appear() -> None:
    watch = rule(WatchFor.WALL_APPEARS)
    watch.know(wall())
    assert watch.order(wall(event_id="o1#1")) is None


def test_a_pulled_wall_is_told_by_its_largest_value() -> None:
    watch = rule(WatchFor.WALL_PULLED, min_usd=5.5e6, min_spoof_probability=0.7)
    assert watch.order(wall()) is None
    fired = watch.order(PULLED)
    assert fired is not None
    assert fired.text == "bid of 6,000,000 USD at 60000 was pulled (SPOOF, 80% lure)"


@pytest.mark.parametrize("reason", ["filled", "book_reset", "evicted", "unexplained", "lost_view"])
def test_what_nobody_took_away_was_not_pulled(reason: str) -> None:
    assert rule(WatchFor.WALL_PULLED).order({**PULLED, "close_reason": reason}) is None


def test_a_wall_is_eaten_once_its_share_is_traded() -> None:
    watch = rule(WatchFor.WALL_EATEN, min_fill_ratio=0.5)
    assert watch.order(wall(fill_ratio=0.4)) is None
    assert watch.order(wall(event_id="o1#1", fill_ratio=0.6)) is not None
    assert watch.order({**PULLED, "fill_ratio": 1.0, "event_id": "o1#2"}) is None, "told already"


def test_a_chain_is_told_as_it_grows() -> None:
    watch = rule(WatchFor.CHAIN_GROWS, min_chain=3)
    lengths = [2, 3, 3, 4]
    told = [
        watch.order(wall(order_id=f"o{n}", event_id=f"o{n}#0", chain_id="o0", chain_length=length))
        for n, length in enumerate(lengths)
    ]
    assert [fired is not None for fired in told] == [False, True, False, True]


def test_a_wall_is_approached_when_mid_comes_from_farther_away() -> None:
    watch = rule(WatchFor.WALL_APPROACHED, within_bps=10.0)
    watch.order(wall())
    assert watch.mid(mid(60_030.0)) == [], "born near: mid did not come"
    assert watch.mid(mid(60_200.0, NOW_MS + 1_000)) == []
    assert watch.mid(mid(None, NOW_MS + 1_500)) == []
    [fired] = watch.mid(mid(60_050.0, NOW_MS + 2_000))
    assert fired.event_id == f"o1@{NOW_MS + 2_000}"
    assert "approached: mid is 8.3 bps away" in fired.text
    assert watch.mid(mid(60_200.0, NOW_MS + 3_000)) == []
    assert watch.mid(mid(60_050.0, NOW_MS + 4_000)) == [], "once an order"


def test_a_mid_from_before_an_order_did_not_come_near_to_it() -> None:
    watch = rule(WatchFor.WALL_APPROACHED, within_bps=10.0)
    watch.order(wall())
    assert watch.mid(mid(60_200.0, NOW_MS - 2_000)) == []
    assert watch.mid(mid(60_050.0, NOW_MS + 1_000)) == [], "it was born that near"


def test_a_wall_that_is_gone_is_not_approached() -> None:
    watch = rule(WatchFor.WALL_APPROACHED, within_bps=10.0)
    watch.know(wall())
    assert watch.mid(mid(60_200.0)) == []
    watch.order(PULLED)
    assert watch.mid(mid(60_010.0, NOW_MS + 2_000)) == []


def action(name: str, at_ms: int = NOW_MS) -> dict[str, Any]:
    return {
        "event_id": f"a{at_ms}", "venue": "binance_usdm", "symbol": "BTCUSDT",
        "event_time": at_ms, "final_action": name,
    }  # fmt: skip


def test_an_action_is_told_when_it_becomes_one_that_is_wanted() -> None:
    watch = rule(WatchFor.ACTION_CHANGES, actions=("MANIPULATION",))
    names = ["MANIPULATION", "MARKUP", "MANIPULATION", "MANIPULATION"]
    told = [watch.action(action(name, NOW_MS + n)) for n, name in enumerate(names)]
    assert [fired.text if fired else None for fired in told] == [
        None, None, "MARKUP became MANIPULATION", None,
    ]  # fmt: skip


def test_the_first_change_after_the_rule_began_is_told() -> None:
    watch = rule(WatchFor.ACTION_CHANGES)
    watch.know_action(action("UNKNOWN"))
    fired = watch.action(action("MARKUP", NOW_MS + 1))
    assert fired is not None
    assert fired.text == "UNKNOWN became MARKUP"
    watch = rule(WatchFor.FEED_STATE)
    row = {"venue": "v", "symbol": "BTCUSDT", "stream": "btcusdt@depth", "state": "up"}
    watch.know_feeds([row], NOW_MS)
    early = {**row, "state": "down", "event_time": NOW_MS}
    assert watch.feed(early) is None, "it was so before the rule"
    assert watch.feed({**row, "event_time": NOW_MS + 1}) is None
    assert watch.feed({**early, "event_time": NOW_MS + 2}) is not None


def test_a_stream_that_goes_silent_is_told() -> None:
    watch = rule(WatchFor.FEED_STATE)
    row = {"venue": "v", "symbol": "BTCUSDT", "stream": "btcusdt@aggTrade", "event_time": NOW_MS}
    assert watch.feed({**row, "state": "up"}) is None
    fired = watch.feed({**row, "state": "silent"})
    assert fired is not None
    assert fired.text == "btcusdt@aggTrade is silent"
    assert watch.feed({**row, "state": "up"}) is None


def test_a_finding_on_several_markets_is_told_once_and_by_coin_or_symbol() -> None:
    row = {
        "event_id": "f1#0", "venue": "all", "symbol": "BTC", "event_time": NOW_MS,
        "finding_id": "f1", "kind": "copied", "side": "bid", "price": 60_000.0,
        "distance_bps": -8.0, "markets": ["binance_usdm:BTCUSDT", "bybit_linear:BTCUSDT"],
        "value_usd": 9e6,
    }  # fmt: skip
    for symbols in ((), ("BTC",), ("BTCUSDT",)):
        watch = rule(WatchFor.CROSS_MARKET, symbols=symbols, within_bps=10.0, min_usd=8e6)
        fired = watch.cross(row)
        assert fired is not None
        assert fired.text.startswith("copied: bid of 9,000,000 USD at 60000 on binance_usdm:BTC")
        assert watch.cross({**row, "event_id": "f1#1"}) is None
    assert rule(WatchFor.CROSS_MARKET, symbols=("ETH",)).cross(row) is None
    assert rule(WatchFor.CROSS_MARKET, cross_kinds=("moved",)).cross(row) is None
    assert rule(WatchFor.CROSS_MARKET, within_bps=5.0).cross(row) is None


def test_the_cool_down_counts_what_it_holds_back() -> None:
    watch = rule(WatchFor.WALL_APPEARS, cooldown_s=60.0)
    seconds = [0, 10, 59, 60]
    told = [
        watch.order(wall(order_id=f"o{s}", event_id=f"o{s}#0", event_time=NOW_MS + s * 1_000))
        for s in seconds
    ]
    assert [fired is not None for fired in told] == [True, False, False, True]
    assert told[-1] is not None
    assert told[-1].held_back == 2
    assert watch.held_back == 2


@given(st.lists(st.integers(0, 500), min_size=1, max_size=60))
def test_no_two_of_a_symbol_are_closer_than_the_cool_down(seconds: list[int]) -> None:
    watch = rule(WatchFor.WALL_APPEARS, cooldown_s=60.0)
    times = [
        fired.time_ms
        for n, s in enumerate(sorted(seconds))
        if (fired := watch.order(wall(order_id=f"o{n}", event_time=NOW_MS + s * 1_000)))
    ]
    assert all(b - a >= 60_000 for a, b in pairwise(times))
    assert len(times) + watch.held_back == len(seconds)
