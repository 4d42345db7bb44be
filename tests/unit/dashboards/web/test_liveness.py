"""Whether a symbol's figures are live."""

from __future__ import annotations

from dashboards.liveness import (
    CATCHING_UP,
    FORGET_S,
    STALE_MS,
    FeedState,
    LivenessWatch,
    StreamWords,
)

BTC, ETH = ("binance_usdm", "BTCUSDT"), ("binance_usdm", "ETHUSDT")
LIMIT_S = STALE_MS / 1_000
NOW_MS = 1_000
"""The wall clock of a market that is live at the first look."""


def test_a_symbol_whose_time_stands_still_is_stale_and_the_other_is_not() -> None:
    watch = LivenessWatch()
    watch.look({BTC: 1_000, ETH: 1_000}, {}, 100.0, NOW_MS)
    found = watch.look(
        {BTC: 6_000, ETH: 1_000}, {ETH: StreamWords("depth is silent", "")}, 100.0 + LIMIT_S, NOW_MS
    )
    assert found[BTC].state is FeedState.LIVE
    assert (found[BTC].stale_ms, found[BTC].reason) == (0, "")
    assert found[ETH].state is FeedState.STALE
    assert (found[ETH].stale_ms, found[ETH].reason) == (STALE_MS, "depth is silent")


def test_a_market_that_moves_each_second_is_missed_sooner_than_one_at_rest() -> None:
    watch = LivenessWatch()
    watch.look({BTC: -1}, {}, -1.0, 10**12)  # A replay: its time is no clock's.
    for second in range(201):
        at_rest = 1_000 + second // 20 * 20_000
        watch.look({BTC: 1_000 * second, ETH: at_rest}, {}, float(second), NOW_MS)
    for after_s, expected in ((4.9, "live"), (5.0, "stale")):
        found = watch.look({BTC: 200_000, ETH: 201_000}, {}, 200.0 + after_s, NOW_MS)
        assert (found[BTC].state, found[ETH].state) == (expected, "live")
    found = watch.look({BTC: 201_000, ETH: 201_000}, {}, 200.0 + LIMIT_S, NOW_MS)
    assert (found[BTC].state, found[ETH].state) == ("live", "stale")


def test_what_moves_again_is_live_again() -> None:
    watch = LivenessWatch()
    watch.look({BTC: 1_000}, {}, 0.0, NOW_MS)
    assert watch.look({BTC: 1_000}, {}, 60.0, NOW_MS)[BTC].stale_ms == 60_000
    assert watch.look({BTC: 1_001}, {}, 61.0, NOW_MS)[BTC].state is FeedState.LIVE


def test_a_replay_at_any_speed_is_live_while_it_moves() -> None:
    watch = LivenessWatch()
    for step in range(20):
        # A tenth of the market's own speed, years ago.
        found = watch.look({BTC: 1_000 + 100 * step}, {}, float(step), NOW_MS)
        assert found[BTC].state is FeedState.LIVE


def test_a_stream_that_is_not_up_is_told_of_a_symbol_that_is_live() -> None:
    watch = LivenessWatch()
    words = "btcusdt@aggTrade is silent"
    told = StreamWords(f"btcusdt@openInterest is down; {words}", words)
    for second in range(30):
        found = watch.look({BTC: 1_000 * second}, {BTC: told}, float(second), NOW_MS)
        assert (found[BTC].state, found[BTC].stale_ms) == (FeedState.LIVE, 0)
        assert found[BTC].reason == words
    assert watch.look({BTC: 30_000}, {}, 30.0, NOW_MS)[BTC].reason == ""


def test_what_was_on_the_clock_and_lies_behind_is_catching_up_though_it_moves() -> None:
    watch = LivenessWatch()
    for second in range(30):
        wall_ms = NOW_MS + 1_000 * second
        found = watch.look({BTC: wall_ms - 1_500}, {}, float(second), wall_ms)
    assert found[BTC].state is FeedState.LIVE
    behind_ms, outage_s = 600_000, 600
    states = []
    for step in range(40):
        wall_ms = NOW_MS + 1_000 * (30 + outage_s + step)
        # Ten minutes are made up for within thirty seconds.
        lag_ms = max(1_500, behind_ms - 20_000 * step)
        found = watch.look({BTC: wall_ms - lag_ms}, {}, 30.0 + outage_s + step, wall_ms)
        states.append(found[BTC].state)
        if found[BTC].state is FeedState.STALE:
            assert (found[BTC].stale_ms, found[BTC].reason) == (lag_ms, CATCHING_UP)
    assert states == [FeedState.STALE] * 30 + [FeedState.LIVE] * 10


def test_an_hour_without_a_viewer_is_no_pause_of_the_market() -> None:
    watch = LivenessWatch()
    seconds = [*range(20), *range(3_600, 3_620)]
    for second in seconds:
        watch.look({BTC: 1_000 * second}, {}, float(second), NOW_MS)
    found = watch.look({BTC: 1_000 * seconds[-1]}, {}, seconds[-1] + 5.0, NOW_MS)
    assert found[BTC].state is FeedState.STALE


def test_a_symbol_that_is_gone_for_long_is_forgotten() -> None:
    watch = LivenessWatch()
    watch.look({BTC: 1_000, ETH: 1_000}, {}, 0.0, NOW_MS)
    watch.look({BTC: 2_000}, {}, FORGET_S + 1, NOW_MS)
    found = watch.look({BTC: 3_000, ETH: 1_000}, {}, FORGET_S + 2, NOW_MS)
    assert found[ETH].state is FeedState.LIVE


def test_what_ended_before_the_first_look_is_not_live_until_it_moves() -> None:
    watch = LivenessWatch()
    wall_ms = NOW_MS + 90_000
    first = watch.look({BTC: NOW_MS, ETH: wall_ms}, {}, 7.0, wall_ms)
    assert (first[BTC].state, first[BTC].stale_ms) == (FeedState.STALE, 90_000)
    assert first[ETH].state is FeedState.LIVE
    second = watch.look({BTC: NOW_MS + 1, ETH: wall_ms}, {}, 8.0, wall_ms + 1_000)
    assert second[BTC].state is FeedState.LIVE


def test_a_time_ahead_that_is_gone_freezes_nothing() -> None:
    watch = LivenessWatch()
    watch.look({BTC: 3_600_000}, {}, 0.0, NOW_MS)
    for step in range(20):
        found = watch.look({BTC: NOW_MS + 1_000 * step}, {}, 1.0 + step, NOW_MS)
        assert found[BTC].state is FeedState.LIVE


def test_what_was_absent_for_a_while_and_comes_back_old_is_not_live() -> None:
    watch = LivenessWatch()
    for second in range(30):
        watch.look({BTC: NOW_MS + 1_000 * second}, {}, float(second), NOW_MS + 1_000 * second)
    watch.look({}, {}, 30.0, NOW_MS + 30_000)
    for step in range(5):
        now_s = 160.0 + step
        found = watch.look(
            {BTC: NOW_MS + 30_000 + 1_000 * step}, {}, now_s, NOW_MS + round(1_000 * now_s)
        )
        assert (found[BTC].state, found[BTC].reason) == (FeedState.STALE, CATCHING_UP)
        assert found[BTC].stale_ms == 130_000
