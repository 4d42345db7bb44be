"""Whether a symbol's figures are live."""

from __future__ import annotations

from dashboards.liveness import STALE_MS, FeedState, LivenessWatch

BTC, ETH = ("binance_usdm", "BTCUSDT"), ("binance_usdm", "ETHUSDT")
LIMIT_S = STALE_MS / 1_000


def test_a_symbol_whose_time_stands_still_is_stale_and_the_other_is_not() -> None:
    watch = LivenessWatch()
    watch.look({BTC: 1_000, ETH: 1_000}, {}, 100.0)
    found = watch.look({BTC: 6_000, ETH: 1_000}, {ETH: "depth is silent"}, 100.0 + LIMIT_S)
    assert found[BTC].state is FeedState.LIVE
    assert (found[BTC].stale_ms, found[BTC].reason) == (0, "")
    assert found[ETH].state is FeedState.STALE
    assert (found[ETH].stale_ms, found[ETH].reason) == (STALE_MS, "depth is silent")


def test_what_moves_again_is_live_again() -> None:
    watch = LivenessWatch()
    watch.look({BTC: 1_000}, {}, 0.0)
    assert watch.look({BTC: 1_000}, {}, 60.0)[BTC].stale_ms == 60_000
    assert watch.look({BTC: 1_001}, {}, 61.0)[BTC].state is FeedState.LIVE


def test_a_replay_at_any_speed_is_live_while_it_moves() -> None:
    watch = LivenessWatch()
    for step in range(20):
        # A tenth of the market's own speed, years ago.
        found = watch.look({BTC: 1_000 + 100 * step}, {}, float(step))
        assert found[BTC].state is FeedState.LIVE


def test_a_symbol_that_is_gone_is_forgotten() -> None:
    watch = LivenessWatch()
    watch.look({BTC: 1_000, ETH: 1_000}, {}, 0.0)
    watch.look({BTC: 2_000}, {}, 1.0)
    assert watch.look({BTC: 3_000, ETH: 1_000}, {}, 60.0)[ETH].state is FeedState.LIVE
