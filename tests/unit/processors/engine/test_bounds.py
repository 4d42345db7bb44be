"""What was traded is known within bounds, and only what is certain accuses or praises."""

import pytest

from schemas.market import TakerSide
from schemas.signals import Classification, CloseReason, LargeOrderEvent, OrderEventKind
from tests.support.markets.scenario import START_MS, Scene

ASK, WALL = 1_002.0, 200.0
"""A wall of about 200,000 USD, twice the threshold of a scene."""


def with_wall(**overrides: object) -> Scene:
    """A scene with an ask that was born at 1,000 ms and opened."""
    scene = Scene(**overrides)
    scene.wait(900)
    scene.depth(1_000, asks=[(ASK, WALL)])
    scene.wait(1_300)
    return scene


def conserved(events: list[LargeOrderEvent]) -> bool:
    """Whether the identity holds at every event."""
    return all(
        event.initial_qty
        + event.added_qty
        - event.traded_qty
        - event.cancelled_qty
        - event.unexplained_qty
        == event.current_qty
        for event in events
    )


def test_what_vanishes_while_trades_are_missing_is_neither_traded_nor_cancelled() -> None:
    scene = with_wall()
    scene.lose_trades(1_350, 1_450)
    (closed,) = scene.depth(1_500, asks=[(ASK, 0.0)])
    assert closed.close_reason is CloseReason.UNEXPLAINED
    assert closed.classification is Classification.UNKNOWN
    assert closed.evidence["rule"] == "outcome unknown"
    assert closed.unexplained_qty == WALL
    assert (closed.fill_min, closed.fill_max) == (0.0, 1.0)
    assert conserved(scene.orders)


def test_trades_missing_at_another_time_change_nothing() -> None:
    scene = with_wall()
    scene.lose_trades(1_000, 1_300)
    (closed,) = scene.depth(1_500, asks=[(ASK, 0.0)])
    assert closed.classification is Classification.SPOOF
    assert closed.unexplained_qty == 0


def test_a_sweep_is_one_though_some_of_its_trades_are_missing() -> None:
    scene = with_wall()
    for step in range(1, 5):
        at = 1_300 + step * 100
        if step == 2:
            scene.lose_trades(at - 50, at - 50)
        else:
            scene.trade(at - 50, ASK, 50.0, TakerSide.BUY)
        scene.depth(at, asks=[(ASK, WALL - step * 50.0)])
    (closed,) = scene.closed
    assert closed.classification is Classification.SWEEP_BUY
    assert (closed.fill_min, closed.fill_max) == (0.75, 1.0)
    assert conserved(scene.orders)


@pytest.mark.parametrize("how", ["late", "missing"])
def test_an_accusation_is_taken_back_when_its_trades_turn_out_to_be_missing(how: str) -> None:
    scene = with_wall()
    (accused,) = scene.depth(1_500, asks=[(ASK, 0.0)])
    assert accused.classification is Classification.SPOOF
    scene.wait(2_000)
    if how == "late":
        scene.trade(1_450, ASK, WALL, TakerSide.BUY)
    else:
        scene.lose_trades(1_400, 1_900)
    (revised,) = scene.depth(2_100)
    assert revised.order_id == accused.order_id
    assert revised.kind is OrderEventKind.RECLASSIFIED
    assert revised.classification is Classification.UNKNOWN
    assert (revised.cancelled_qty, revised.unexplained_qty) == (0.0, WALL)
    assert conserved(scene.orders)


def test_a_wall_refilled_within_the_frame_is_a_defence_and_stays_one_when_pulled() -> None:
    scene = with_wall()
    for step in range(1, 4):
        scene.trade(1_350 + step * 100, ASK, 80.0, TakerSide.BUY)
        scene.depth(1_400 + step * 100, asks=[(ASK, WALL - step)])
    (closed,) = scene.depth(1_900, asks=[(ASK, 0.0)])
    assert closed.classification is Classification.DEFENSIVE_SELL
    assert closed.evidence["rule"] == "absorbs"
    assert closed.is_iceberg
    assert closed.absorbed_ratio == pytest.approx(1.2)
    assert conserved(scene.orders)


@pytest.mark.parametrize("offset_ms", [-80, 80])
def test_with_an_alignment_trades_may_be_stated_before_or_after_the_book(offset_ms: int) -> None:
    scene = with_wall(lifecycle={"trade_alignment_ms": 100})
    scene.wait(2_000)
    scene.trade(2_200 + offset_ms, ASK, 150.0, TakerSide.BUY)
    scene.depth(2_200 if offset_ms < 0 else 2_300)
    if offset_ms < 0:
        scene.depth(2_250, asks=[(ASK, 50.0)])
    else:
        scene = with_wall(lifecycle={"trade_alignment_ms": 100})
        scene.wait(2_000)
        scene.depth(2_200, asks=[(ASK, 50.0)])
        scene.trade(2_200 + offset_ms, ASK, 150.0, TakerSide.BUY)
    scene.wait(2_700)
    changed = scene.orders[-1]
    assert changed.event_time < START_MS + 2_300
    assert (changed.traded_qty, changed.cancelled_qty) == (150.0, 0.0)
    assert changed.classification is Classification.SWEEP_BUY
    assert conserved(scene.orders)


def test_without_an_alignment_such_a_trade_is_not_of_this_decrease() -> None:
    scene = with_wall()
    scene.depth(2_200, asks=[(ASK, 150.0)])
    scene.trade(2_280, ASK, 50.0, TakerSide.BUY)
    scene.wait(2_600)
    assert scene.orders[-1].cancelled_qty == 50.0


@pytest.mark.parametrize(
    ("offset_ms", "qty", "is_acquitted"),
    [(80, WALL, True), (280, WALL, True), (480, WALL, False), (80, 30.0, False)],
)
def test_volume_stated_after_the_pull_may_have_been_what_vanished(
    offset_ms: int, qty: float, is_acquitted: bool
) -> None:
    scene = with_wall()
    (accused,) = scene.depth(1_500, asks=[(ASK, 0.0)])
    assert accused.classification is Classification.SPOOF
    scene.trade(1_500 + offset_ms, ASK, qty, TakerSide.BUY)
    scene.wait(2_600)
    last = scene.orders[-1]
    assert conserved(scene.orders)
    if is_acquitted:
        assert last.order_id == accused.order_id
        assert last.kind is OrderEventKind.RECLASSIFIED
        assert last.classification is Classification.UNKNOWN
        assert last.evidence["rule"] == "outcome unknown"
        assert (last.cancelled_qty, last.unexplained_qty) == (0.0, WALL)
    else:
        assert last == accused


@pytest.mark.parametrize(("qty", "bounds"), [(WALL, (0.0, 1.0)), (40.0, (0.0, 0.2))])
def test_a_late_trade_may_be_what_vanished_whatever_time_it_states(
    qty: float, bounds: tuple[float, float]
) -> None:
    scene = with_wall()
    scene.depth(1_500, asks=[(ASK, 0.0)])
    scene.wait(2_000)
    # Stated after the pull: no decrease of that moment can be taken back.
    scene.trade(1_650, ASK, qty, TakerSide.BUY)
    scene.wait(2_200)
    last = scene.orders[-1]
    assert last.classification is Classification.UNKNOWN
    assert (last.fill_min, last.fill_max) == bounds
    assert conserved(scene.orders)


def test_a_late_trade_may_be_what_a_standing_wall_lost() -> None:
    scene = with_wall()
    scene.depth(1_500, asks=[(ASK, 120.0)])
    scene.wait(2_000)
    scene.trade(1_650, ASK, 50.0, TakerSide.BUY)
    scene.wait(2_200)
    scene.depth(2_300, asks=[(ASK, 110.0)])
    last = scene.orders[-1]
    assert (last.cancelled_qty, last.unexplained_qty, last.traded_qty) == (40.0, 50.0, 0.0)
    assert conserved(scene.orders)


def test_volume_at_another_price_or_of_the_other_takers_acquits_nobody() -> None:
    scene = with_wall()
    (accused,) = scene.depth(1_500, asks=[(ASK, 0.0)])
    scene.trade(1_550, ASK + 0.5, WALL, TakerSide.BUY)
    scene.trade(1_550, ASK, WALL, TakerSide.SELL)
    scene.wait(2_600)
    assert scene.orders[-1] == accused


@pytest.mark.parametrize("how", ["lost", "reset"])
def test_an_accusation_does_not_outlive_an_outcome_that_nobody_knows(how: str) -> None:
    scene = Scene()
    for start in (1_000, 2_100):
        scene.depth(start, asks=[(ASK, WALL)])
        scene.wait(start + 300)
        scene.depth(start + 500, asks=[(ASK, 0.0)])
    scene.depth(3_200, asks=[(ASK, WALL)])
    scene.wait(3_500)
    assert scene.orders[-1].classification is Classification.MANIPULATION
    assert scene.orders[-1].close_reason is None
    if how == "lost":
        scene.lose_trades(scene.now + 20, scene.now + 80)
        scene.depth(scene.now + 100, asks=[(ASK, 0.0)])
    else:
        scene.reset(scene.now + 100)
    closed = scene.orders[-1]
    assert closed.kind is OrderEventKind.CLOSED
    assert closed.classification is Classification.UNKNOWN
    assert closed.evidence["rule"] == "outcome unknown"


def test_bounds_survive_a_restart() -> None:
    def run(restart: bool) -> list[LargeOrderEvent]:
        scene = with_wall(lifecycle={"trade_alignment_ms": 50})
        for step in range(1, 30):
            at = 1_300 + step * 100
            scene.trade(at - 30 if step % 2 else at - 70, ASK, 3.0, TakerSide.BUY)
            if step % 5 == 0:
                scene.lose_trades(at - 90, at - 60)
            scene.depth(at, asks=[(ASK, WALL - step * 4)])
            if restart and step % 7 == 0:
                scene.restart()
        scene.finish(5_000)
        return scene.orders

    plain = run(restart=False)
    assert plain[-1].unexplained_qty > 0
    assert run(restart=True) == plain
