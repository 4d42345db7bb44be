"""Walls on several markets, moves, copies and lures, at and across their limits."""

from __future__ import annotations

import pytest

from schemas.settings import CrossSettings
from schemas.signals import Alert, CrossKind, CrossStage, Side
from tests.support.markets.pulses import PERP, SPOT, START, Story, step

TOLERANCE_MS = CrossSettings().tolerance_ms
BID, ASK = Side.BID, Side.ASK


def at_spot(price: float) -> float:
    """Return the price at which spot stands when the perpetual stands at `price`."""
    return price * 60_030 / 60_000


def test_a_wall_on_two_markets_is_one_with_the_sum_of_both() -> None:
    story = Story()
    story.order(PERP, ASK, 60_100.0, 50.0, 10_000, 20_000)
    story.order(SPOT, ASK, at_spot(60_100), 8.0, 10_400, None)
    opened, closed = story.findings()
    assert (opened.kind, opened.stage, opened.markets) == ("wall", "opened", [PERP, SPOT])
    assert (opened.current_qty, opened.delay_ms) == (58.0, 400)
    assert opened.spread_bps == pytest.approx(0.0, abs=0.01)
    assert (closed.stage, closed.current_qty, closed.cancelled_qty) == ("closed", 8.0, 50.0)
    assert closed.max_qty == 58.0
    assert closed.initial_qty - closed.traded_qty - closed.cancelled_qty == closed.current_qty


@pytest.mark.parametrize(
    ("apart_bps", "is_wall"), [(4.9, True), (-4.9, True), (5.1, False), (-5.1, False)]
)
def test_the_distance_is_measured_with_the_basis_taken_out(apart_bps: float, is_wall: bool) -> None:
    story = Story()
    story.order(PERP, BID, 59_900.0, 50.0, 10_000, None)
    story.order(SPOT, BID, at_spot(59_900) * (1 + apart_bps / 1e4), 40.0, 10_000, None)
    assert bool(story.findings()) is is_wall


def test_walls_of_different_sides_are_none() -> None:
    story = Story()
    story.order(PERP, BID, 59_990.0, 50.0, 10_000, None)
    story.order(SPOT, ASK, at_spot(59_990), 50.0, 10_000, None)
    assert not story.findings()


@pytest.mark.parametrize(
    ("delay_ms", "size", "kind"),
    [
        (1_000, 50.0, CrossKind.WALL),
        (1_000, 5.0, CrossKind.WALL),
        (1_200, 50.0, CrossKind.COPIED),
        (1_200, 38.0, CrossKind.COPIED),
        (1_200, 37.0, None),
        (10_000, 62.0, CrossKind.COPIED),
        (10_200, 50.0, None),
    ],
)
def test_what_comes_later_is_a_copy_if_it_is_of_the_same_size(
    delay_ms: int, size: float, kind: CrossKind | None
) -> None:
    story = Story()
    story.order(PERP, ASK, 60_100.0, 50.0, 5_000, None)
    story.order(SPOT, ASK, at_spot(60_100), size, 5_000 + delay_ms, None)
    assert [one.kind for one in story.findings()] == ([kind] if kind else [])


def test_an_order_that_stood_before_anybody_looked_makes_no_wall() -> None:
    story = Story()
    story.steps.append((PERP, step(PERP, ASK, 60_100.0, 50.0, 5_000, birth_known=False)))
    story.order(SPOT, ASK, at_spot(60_100), 50.0, 5_000, None)
    assert not story.findings()


@pytest.mark.parametrize(
    ("delay_ms", "size", "is_move"),
    [
        (0, 50.0, True),
        (-TOLERANCE_MS, 50.0, True),
        (-TOLERANCE_MS - 1, 50.0, False),
        (1_000, 50.0, True),
        (1_000 + TOLERANCE_MS, 50.0, True),
        (1_001 + TOLERANCE_MS, 50.0, False),
        (500, 38.0, True),
        (500, 37.0, False),
        (500, 63.0, False),
    ],
)
def test_an_order_moves(delay_ms: int, size: float, is_move: bool) -> None:
    story = Story(seconds=40)
    story.order(PERP, BID, 59_900.0, 50.0, 5_000, 25_000)
    story.order(SPOT, BID, at_spot(59_900), size, 25_000 + delay_ms, None)
    found = story.findings()
    assert [one.kind for one in found] == ([CrossKind.MOVED] if is_move else [])
    if found:
        assert found[0].delay_ms == delay_ms
        assert found[0].markets == [PERP, SPOT]


def test_an_order_that_was_taken_did_not_move() -> None:
    story = Story(seconds=40)
    opened = step(PERP, BID, 59_900.0, 50.0, 5_000)
    taken = step(PERP, BID, 59_900.0, 50.0, 5_000, closed=25_000, traded=11.0, sequence=1)
    story.steps += [(PERP, opened), (PERP, taken)]
    story.order(SPOT, BID, at_spot(59_900), 50.0, 25_200, None)
    assert not story.findings()


@pytest.mark.parametrize(
    ("side", "bought", "sold", "at", "is_found"),
    [
        (BID, 0.0, 20.0, 24_000, True),
        (BID, 20.0, 0.0, 24_000, False),
        (ASK, 20.0, 0.0, 26_900, True),
        (ASK, 20.0, 8.0, 24_000, False),
        (ASK, 20.0, 0.0, 22_900, False),
        (ASK, 20.0, 0.0, 27_100, False),
        (ASK, 9.0, 0.0, 24_000, False),
    ],
)
def test_a_lure_here_while_takers_take_there(
    side: Side, bought: float, sold: float, at: int, is_found: bool
) -> None:
    story = Story(seconds=40, takers=[(SPOT, at, bought, sold)])
    story.order(PERP, side, 60_000.0, 50.0, 23_000, 25_000)
    found = story.findings()
    assert [one.kind for one in found] == ([CrossKind.LURE_TAKING] if is_found else [])
    if found:
        assert found[0].markets == [PERP, SPOT]
        assert found[0].taken_qty == pytest.approx(20.0, abs=1.0)
        assert abs(found[0].delay_ms - (at - 25_000)) <= 100


def test_takers_who_always_take_as_much_are_no_evidence() -> None:
    story = Story(seconds=60, usual=0.5, takers=[(SPOT, 49_000, 40.0, 0.0)])
    story.order(PERP, ASK, 60_000.0, 50.0, 48_000, 50_000)
    assert not story.findings()


@pytest.mark.parametrize("taking_ms", [2_000, 30_000, 60_000])
def test_what_is_usual_is_known_however_long_takers_count(taking_ms: int) -> None:
    settings = CrossSettings(max_wait_ms=None, taking_ms=taking_ms)
    takers = [(SPOT, 129_000, 1_600.0 * taking_ms / 60_000, 0.0)]
    story = Story(seconds=200, usual=0.5, takers=takers)
    story.order(PERP, ASK, 60_000.0, 50.0, 128_000, 130_000)
    assert not story.findings(settings)


def test_what_accuses_raises_one_alert_and_the_action() -> None:
    story = Story(seconds=40)
    story.order(PERP, BID, 59_900.0, 50.0, 5_000, 25_000)
    story.order(SPOT, BID, at_spot(59_900), 50.0, 25_200, 27_000)
    told = story.told()
    alerts = [one for one in told if isinstance(one, Alert)]
    assert [(one.venue, one.symbol, one.rule, one.level) for one in alerts] == [
        ("all", "BTC", "cross", "HIGH")
    ]
    assert "pulled on binance_usdm:BTCUSDT, the same size on binance_spot:BTCUSDT 200 ms later" in (
        alerts[0].message
    )


def test_a_wall_that_is_gone_before_it_is_told_is_told_once() -> None:
    story = Story()
    story.order(PERP, ASK, 60_100.0, 50.0, 10_000, 10_260)
    story.order(SPOT, ASK, at_spot(60_100), 8.0, 10_150, None)
    (only,) = story.findings()
    assert (only.kind, only.stage, only.sequence) == (CrossKind.WALL, CrossStage.CLOSED, 0)
    assert only.since == [START + 10_000, START + 10_150]
