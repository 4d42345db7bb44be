"""The life of a large order, rule by rule."""

from itertools import pairwise

import pytest

from schemas.market import TakerSide
from schemas.signals import BookMetrics, CloseReason, OrderEventKind, OrderState
from tests.support.markets.scenario import START_MS, Scene

ASK, BID = 1_005.0, 995.0
WALL = 200.0
"""Base quantity: about 200,000 USD, twice the threshold of a scene."""


def with_wall(side: str = "ask", **overrides: object) -> Scene:
    """A scene with one wall that was born at 1,000 ms and opened."""
    scene = Scene(**overrides)
    scene.wait(900)
    wall = [(ASK if side == "ask" else BID, WALL)]
    scene.depth(1_000, **{f"{side}s": wall})
    scene.wait(1_300)
    assert [event.kind for event in scene.orders] == [OrderEventKind.OPENED]
    return scene


def test_it_opens_once_it_has_outlived_a_flicker() -> None:
    opened = with_wall().orders[0]
    assert opened.first_seen == START_MS + 1_000
    assert opened.event_time == START_MS + 1_300
    assert opened.birth_known
    assert opened.initial_qty == opened.current_qty == WALL
    assert opened.order_id == f"binance_usdm:BTCUSDT:ask:1005.0:{START_MS + 1_000}"


def test_beyond_the_snapshot_a_birth_is_known_once_the_price_was_seen_empty() -> None:
    scene = Scene(threshold={"distances_bps": (5_000.0,)})
    far = 1_150.0
    scene.depth(100, asks=[(far, WALL)])
    scene.wait(500)
    scene.depth(600, asks=[(far, 0.0)])
    scene.restart()
    scene.depth(900, asks=[(far, WALL)])
    scene.wait(1_300)
    opened = [event for event in scene.orders if event.kind is OrderEventKind.OPENED]
    assert [event.birth_known for event in opened] == [False, True]


def test_what_vanishes_sooner_is_a_flicker() -> None:
    scene = Scene()
    scene.depth(1_100, asks=[(ASK, WALL)])
    scene.depth(1_300, asks=[(ASK, 0.0)])
    scene.finish(3_000)
    assert scene.orders == []
    assert sum(metrics.flicker_count for metrics in scene.of(BookMetrics)) == 1


def test_without_a_minimum_lifetime_it_opens_at_once() -> None:
    scene = Scene(lifecycle={"min_lifetime_ms": 0})
    opened = scene.depth(1_000, asks=[(ASK, WALL)])
    assert [event.kind for event in opened] == [OrderEventKind.OPENED]
    assert opened[0].event_time == START_MS + 1_000


def test_a_level_below_the_threshold_is_not_followed() -> None:
    scene = Scene()
    scene.depth(1_000, asks=[(ASK, 99.0)])
    scene.wait(2_000)
    assert scene.orders == []


def test_a_level_breathing_above_the_exit_line_stays_open() -> None:
    scene = with_wall()
    changed = scene.depth(1_400, asks=[(ASK, 60.0)])
    assert [event.kind for event in changed] == [OrderEventKind.CHANGED]
    assert changed[0].cancelled_qty == WALL - 60.0


def test_a_cancel_below_the_exit_line_ends_it_though_a_rest_stays() -> None:
    scene = with_wall()
    (closed,) = scene.depth(1_400, asks=[(ASK, 10.0)])
    assert closed.kind is OrderEventKind.CLOSED
    assert closed.state is OrderState.CLOSED
    assert closed.close_reason is CloseReason.SHRUNK
    assert closed.current_qty == 10.0
    assert closed.closed_at == START_MS + 1_400
    assert closed.lifetime_ms == 400


def test_a_pulled_level_is_cancelled() -> None:
    scene = with_wall()
    (closed,) = scene.depth(1_400, asks=[(ASK, 0.0)])
    assert closed.close_reason is CloseReason.CANCELLED
    assert closed.cancelled_qty == WALL
    assert closed.traded_qty == 0.0


def test_a_consumed_level_stays_open_until_it_is_gone() -> None:
    scene = with_wall()
    scene.trade(1_350, ASK, 180.0, TakerSide.BUY)
    (eaten,) = scene.depth(1_400, asks=[(ASK, 20.0)])
    assert eaten.kind is OrderEventKind.RECLASSIFIED
    assert eaten.traded_qty == 180.0
    scene.trade(1_450, ASK, 20.0, TakerSide.BUY)
    (closed,) = scene.depth(1_500, asks=[(ASK, 0.0)])
    assert closed.close_reason is CloseReason.FILLED
    assert closed.traded_qty == WALL
    assert closed.fill_ratio == 1.0


def test_a_consumed_level_ends_two_seconds_after_the_last_trade() -> None:
    scene = with_wall()
    scene.trade(1_350, ASK, 180.0, TakerSide.BUY)
    scene.depth(1_400, asks=[(ASK, 20.0)])
    assert scene.wait(3_300) == []
    (closed,) = scene.wait(3_400)
    assert closed.close_reason is CloseReason.FILLED
    assert closed.closed_at == START_MS + 3_400


@pytest.mark.parametrize(
    ("side", "price", "taker", "counts"),
    [
        ("ask", ASK, TakerSide.BUY, True),
        ("ask", ASK, TakerSide.SELL, False),
        ("bid", BID, TakerSide.SELL, True),
        ("bid", BID, TakerSide.BUY, False),
        ("ask", ASK + 0.5, TakerSide.BUY, False),
    ],
)
def test_only_takers_at_the_price_on_the_consuming_side_fill_it(
    side: str, price: float, taker: TakerSide, counts: bool
) -> None:
    scene = with_wall(side)
    scene.trade(1_350, price, 50.0, taker)
    wall_price = ASK if side == "ask" else BID
    (changed,) = scene.depth(1_400, **{f"{side}s": [(wall_price, WALL - 50.0)]})
    assert changed.traded_qty == (50.0 if counts else 0.0)
    assert changed.cancelled_qty == (0.0 if counts else 50.0)


def test_the_window_is_open_at_the_last_update_and_closed_at_this_one() -> None:
    scene = with_wall()
    scene.trade(1_300, ASK, 30.0, TakerSide.BUY)
    scene.trade(1_301, ASK, 20.0, TakerSide.BUY)
    scene.trade(1_400, ASK, 10.0, TakerSide.BUY)
    (changed,) = scene.depth(1_400, asks=[(ASK, WALL - 60.0)])
    assert changed.traded_qty == 30.0
    assert changed.cancelled_qty == 30.0


def test_volume_beyond_what_the_level_lost_is_hidden() -> None:
    scene = with_wall()
    scene.trade(1_350, ASK, 50.0, TakerSide.BUY)
    (changed,) = scene.depth(1_400, asks=[(ASK, WALL - 20.0)])
    assert (changed.traded_qty, changed.hidden_traded_qty) == (20.0, 30.0)
    scene.trade(1_450, ASK, 5.0, TakerSide.BUY)
    assert scene.depth(1_500) == []
    (changed,) = scene.depth(1_600, asks=[(ASK, WALL - 30.0)])
    assert (changed.traded_qty, changed.hidden_traded_qty) == (20.0, 35.0)


def test_a_standing_wall_is_observed_by_every_depth_update() -> None:
    scene = with_wall()
    (persistent,) = scene.wait(11_000)
    assert persistent.kind is OrderEventKind.PERSISTENT
    assert persistent.event_time == START_MS + 11_000
    assert persistent.observations == 100  # the full second comes before the update at it
    assert persistent.is_persistent
    assert persistent.state is OrderState.PERSISTENT


def test_persistence_needs_observations_as_well_as_age() -> None:
    scene = Scene(lifecycle={"min_lifetime_ms": 0, "persistent_observations": 5})
    scene.depth(1_000, asks=[(ASK, WALL)])
    for at in (12_000, 13_000, 14_000):
        assert scene.depth(at) == []
    (persistent,) = scene.depth(15_000)
    assert persistent.kind is OrderEventKind.PERSISTENT


def test_consumed_and_refilled_twice_is_an_iceberg() -> None:
    scene = with_wall()
    for start in (1_400, 1_800):
        scene.trade(start - 10, ASK, 80.0, TakerSide.BUY)
        scene.depth(start, asks=[(ASK, WALL - 80.0)])
        scene.depth(start + 200, asks=[(ASK, WALL)])
    assert scene.orders[-1].refill_count == 2
    assert scene.orders[-1].is_iceberg
    assert scene.orders[-1].traded_qty == 160.0
    assert scene.orders[-1].added_qty == 160.0


def test_a_late_refill_does_not_count() -> None:
    scene = with_wall()
    scene.trade(1_390, ASK, 80.0, TakerSide.BUY)
    scene.depth(1_400, asks=[(ASK, WALL - 80.0)])
    scene.wait(2_500)
    (refilled,) = scene.depth(2_600, asks=[(ASK, WALL)])
    assert refilled.refill_count == 0


def test_a_reset_ends_orders_with_an_unknown_outcome() -> None:
    scene = with_wall()
    scene.reset(1_400)
    (closed,) = scene.closed
    assert closed.close_reason is CloseReason.BOOK_RESET
    assert closed.cancelled_qty == 0.0
    assert not closed.is_spoof


def test_a_lost_diff_makes_the_book_invalid_until_a_snapshot() -> None:
    scene = with_wall()
    scene.lose_a_diff()
    scene.depth(1_400, asks=[(ASK, 0.0)])
    assert [event.close_reason for event in scene.closed] == [CloseReason.BOOK_RESET]
    assert scene.engine.gaps == 1
    scene.depth(1_500, asks=[(ASK, WALL)])
    scene.wait(3_000)
    assert len(scene.orders) == 2
    assert not scene.of(BookMetrics)[-1].is_valid


def test_beyond_the_snapshot_a_birth_is_not_known() -> None:
    scene = Scene()
    scene.depth(1_000, asks=[(1_150.0, WALL)])
    (opened,) = scene.wait(1_300)
    assert not opened.birth_known


def test_beyond_the_snapshot_a_level_seen_small_is_born_when_it_grows() -> None:
    scene = Scene()
    scene.depth(500, asks=[(1_150.0, 1.0)])
    scene.depth(1_000, asks=[(1_150.0, WALL)])
    (opened,) = scene.wait(1_300)
    assert opened.birth_known


def test_the_smallest_gives_way_when_all_places_are_taken() -> None:
    scene = Scene(lifecycle={"max_tracked": 2})
    scene.depth(1_000, asks=[(ASK, 150.0), (ASK + 1, 120.0)])
    scene.wait(1_300)
    scene.depth(2_000, asks=[(ASK + 2, 180.0)])
    scene.wait(2_300)
    (evicted,) = scene.closed
    assert evicted.close_reason is CloseReason.EVICTED
    assert evicted.price == ASK + 1


def test_the_impact_ratio_compares_with_the_top_of_both_sides() -> None:
    opened = with_wall().orders[0]
    own_side = sum(1_000 + 0.5 * i for i in range(1, 51)) + (WALL - 1) * ASK
    other_side = sum(1_000 - 0.5 * i for i in range(1, 51))
    assert opened.impact_ratio == pytest.approx(WALL * ASK / (own_side + other_side))
    assert opened.impact_ratio_side == pytest.approx(WALL * ASK / own_side)


def test_the_distance_follows_the_price() -> None:
    scene = with_wall()
    scene.depth(1_400, bids=[(1_003.0, 1.0)], asks=[(1_000.5 + 0.5 * i, 0.0) for i in range(8)])
    scene.depth(1_500, asks=[(ASK, WALL + 1)])
    event = scene.orders[-1]
    assert event.distance_bps_open == pytest.approx(50.0)
    assert event.distance_bps_min == event.distance_bps
    assert event.distance_bps == pytest.approx(abs(ASK - 1_003.75) / 1_003.75 * 10_000)


def test_times_of_an_order_never_run_backwards() -> None:
    scene = with_wall()
    scene.wait(12_000)
    scene.depth(12_100, asks=[(ASK, 0.0)])
    assert all(a.event_time <= b.event_time for a, b in pairwise(scene.orders))
    assert scene.orders[-1].last_seen == START_MS + 12_100
