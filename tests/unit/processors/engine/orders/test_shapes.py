"""Orders on top of each other, on several levels, and one after another, as scenes."""

import pytest

from schemas.market import TakerSide
from schemas.signals import Alert, Classification, CloseReason, LargeOrderEvent, OrderEventKind
from tests.support.markets.scenario import START_MS, Scene

ASK, BID, WALL = 1_002.0, 998.0, 200.0
TAKER_OF = {"ask": TakerSide.BUY, "bid": TakerSide.SELL}
RESTLESS = {"chain": {"reach_least_bps": 25.0}}
"""Mid is taken to get as far as the lures here."""


def conserves(event: LargeOrderEvent) -> bool:
    kept = event.initial_qty + event.added_qty - event.traded_qty - event.cancelled_qty
    return kept - event.unexplained_qty == pytest.approx(event.current_qty)


def with_wall(side: str, price: float) -> Scene:
    scene = Scene()
    scene.wait(900)
    scene.depth(1_000, **{f"{side}s": [(price, WALL)]})
    scene.wait(12_000)
    return scene


@pytest.mark.parametrize(("side", "price"), [("ask", ASK), ("bid", BID)])
def test_a_lure_on_top_of_a_wall_has_a_life_of_its_own(side: str, price: float) -> None:
    scene = with_wall(side, price)
    wall = scene.orders[-1]
    scene.depth(12_100, **{f"{side}s": [(price, WALL + 150.0)]})
    (opened,) = scene.wait(12_500)
    assert opened.parent_order_id == wall.order_id
    assert opened.initial_qty == 150.0
    (pulled,) = scene.depth(12_900, **{f"{side}s": [(price, WALL)]})
    assert pulled.order_id == opened.order_id
    assert pulled.classification is Classification.SPOOF
    assert conserves(pulled)
    (gone,) = scene.depth(14_000, **{f"{side}s": [(price, 0.0)]})
    assert gone.order_id == wall.order_id
    assert gone.max_qty == WALL
    assert gone.parent_order_id is None
    assert conserves(gone)


def test_a_wall_that_grows_by_little_has_no_child() -> None:
    scene = with_wall("ask", ASK)
    scene.depth(12_100, asks=[(ASK, WALL + 90.0)])
    scene.wait(13_000)
    assert {event.parent_order_id for event in scene.orders} == {None}
    assert scene.orders[-1].max_qty == WALL + 90.0


def test_a_refill_is_no_child() -> None:
    scene = with_wall("ask", ASK)
    scene.trade(12_050, ASK, 150.0, TakerSide.BUY)
    scene.depth(12_100, asks=[(ASK, WALL - 150.0)])
    scene.depth(12_300, asks=[(ASK, WALL)])
    scene.wait(13_000)
    assert {event.parent_order_id for event in scene.orders} == {None}
    assert scene.orders[-1].refill_count == 1


LAYERS = [1_001.0, 1_001.5]
"""Half a threshold each."""


def cluster(scene: Scene, at: int, qty: float = 55.0) -> None:
    scene.depth(at, asks=[(price, qty) for price in LAYERS])


def test_layers_that_are_large_together_are_one_order() -> None:
    scene = Scene()
    scene.wait(2_500)
    cluster(scene, 2_600)
    (opened,) = scene.wait(3_000)
    assert (opened.levels, opened.price_low, opened.price_high) == (2, LAYERS[0], LAYERS[1])
    assert opened.price in LAYERS
    assert opened.initial_qty == 110.0
    assert opened.first_seen == START_MS + 2_600
    scene.trade(3_050, LAYERS[0], 10.0, TakerSide.BUY)
    (eaten,) = scene.depth(3_100, asks=[(LAYERS[0], 45.0)])
    assert (eaten.traded_qty, eaten.current_qty) == (10.0, 100.0)
    assert conserves(eaten)
    (closed,) = scene.depth(3_400, asks=[(price, 0.0) for price in LAYERS])
    assert closed.close_reason in (CloseReason.SHRUNK, CloseReason.CANCELLED)
    assert closed.classification is Classification.SPOOF
    assert conserves(closed)
    assert len({event.order_id for event in scene.orders}) == 1


@pytest.mark.parametrize(
    ("step", "found"),
    [(0.1, Classification.UNKNOWN), (0.4, Classification.MANIPULATION)],
    ids=["neighbouring ticks", "levels of their own"],
)
def test_three_layers_pulled_together_are_a_manipulation_at_any_age(
    step: float, found: Classification
) -> None:
    """A wall over neighbouring ticks that is taken back late and without a reason is none."""
    scene = Scene()
    scene.wait(2_500)
    layers = [round(1_001.0 + step * number, 1) for number in range(3)]
    scene.depth(2_600, asks=[(price, 45.0) for price in layers])
    scene.wait(7_000)
    (closed,) = scene.depth(7_100, asks=[(price, 0.0) for price in layers])
    assert (closed.levels, closed.classification) == (3, found)
    assert conserves(closed)


def test_what_stands_before_a_lure_is_known_however_short_it_lived() -> None:
    """No update comes between its birth and its pull."""
    scene = Scene()
    scene.wait(900)
    scene.depth(1_000, asks=[(ASK, WALL)])
    scene.depth(1_300, asks=[(ASK, 1.0)])
    closed = scene.closed[-1]
    assert closed.evidence["spoof_evidence"]["relevance"] > 0.9
    assert closed.classification is Classification.SPOOF


def test_quotes_that_only_move_are_no_cluster() -> None:
    scene = Scene()
    scene.depth(500, asks=[(1_001.0, 55.0), (1_002.0, 55.0)])
    scene.wait(2_500)
    scene.depth(2_600, asks=[(1_001.0, 1.0), (1_002.0, 1.0), (1_001.5, 55.0), (1_002.5, 55.0)])
    scene.wait(4_000)
    started = [event for event in scene.orders if event.first_seen == START_MS + 2_600]
    assert started == []


def requoted(scene: Scene, links: int, side: str = "ask", start: int = 1_000) -> int:
    """A lure that is quoted anew every 300 ms, for 150 ms each; returns the end."""
    near = ASK if side == "ask" else BID
    for number in range(links):
        at, price = start + 300 * number, near + 0.5 * (number % 2)
        scene.depth(at, **{f"{side}s": [(price, WALL)]})
        scene.depth(at + 150, **{f"{side}s": [(price, 1.0)]})
    return start + 300 * links


def test_a_lure_that_is_requoted_is_one_manipulation_with_one_alert_that_grows() -> None:
    scene = Scene(**RESTLESS)
    scene.wait(900)
    scene.wait(requoted(scene, 7))
    opened = [event for event in scene.orders if event.kind is OrderEventKind.OPENED]
    assert [event.chain_length for event in opened] == [3, 4, 5, 6, 7]
    assert {event.classification for event in scene.orders} == {Classification.MANIPULATION}
    assert {event.chain_first_seen for event in scene.orders} == {START_MS + 1_000}
    assert len({event.chain_id for event in scene.orders}) == 1
    alerts = [alert for alert in scene.of(Alert) if alert.rule == "chain"]
    assert [alert.evidence["links"] for alert in alerts] == [3, 6]
    assert len({(alert.event_id, alert.event_time) for alert in alerts}) == 1
    assert [alert for alert in scene.of(Alert) if alert.rule == "trap"] == []


def test_who_quotes_both_sides_alike_is_not_accused() -> None:
    scene = Scene(**RESTLESS)
    scene.wait(900)
    for number in range(7):
        at, shift = 1_000 + 300 * number, 0.5 * (number % 2)
        scene.depth(at, bids=[(BID - shift, WALL)], asks=[(ASK + shift, WALL)])
        scene.depth(at + 150, bids=[(BID - shift, 1.0)], asks=[(ASK + shift, 1.0)])
    scene.wait(4_000)
    accused = {Classification.SPOOF, Classification.MANIPULATION}
    assert accused.isdisjoint(event.classification for event in scene.orders)
    assert [alert for alert in scene.of(Alert) if alert.rule == "chain"] == []


def test_who_takes_both_sides_away_leaves_the_market() -> None:
    scene = Scene()
    scene.wait(900)
    scene.depth(1_000, bids=[(BID, WALL)], asks=[(ASK, WALL)])
    scene.wait(2_500)
    scene.depth(2_600, bids=[(BID, 0.0)], asks=[(ASK, 0.0)])
    last = {event.side: event for event in scene.orders}
    assert {event.classification for event in last.values()} == {Classification.UNKNOWN}
    assert all("refused" in event.evidence for event in last.values())


def test_the_first_side_is_acquitted_when_the_other_one_follows_within_a_second() -> None:
    scene = Scene()
    scene.wait(900)
    scene.depth(1_000, bids=[(BID, WALL)], asks=[(ASK, WALL)])
    scene.wait(2_500)
    (first,) = scene.depth(2_600, bids=[(BID, 0.0)])
    assert first.classification is Classification.SPOOF
    revised = scene.depth(3_000, asks=[(ASK, 0.0)])
    assert [(event.side.value, event.classification) for event in revised] == [
        ("ask", Classification.UNKNOWN),
        ("bid", Classification.UNKNOWN),
    ]


def test_an_order_that_came_at_another_time_is_no_mirror() -> None:
    scene = Scene()
    scene.wait(900)
    scene.depth(1_000, bids=[(BID, WALL)])
    scene.wait(2_900)
    scene.depth(3_000, asks=[(ASK, WALL)])
    scene.wait(3_700)
    (pulled,) = scene.depth(3_800, bids=[(BID, 0.0)])
    assert pulled.classification is Classification.SPOOF
    revised = scene.depth(3_900, asks=[(ASK, 0.0)])
    assert {event.classification for event in revised} == {Classification.SPOOF}


def test_layers_far_apart_are_no_layers() -> None:
    scene = Scene()
    prices = (1_001.0, 1_010.0, 1_020.0)
    scene.depth(1_000, asks=[(price, WALL) for price in prices])
    scene.wait(5_000)
    for number, price in enumerate(prices):
        scene.depth(5_100 + number * 100, asks=[(price, 0.0)])
    found = {event.classification for event in scene.orders}
    assert Classification.MANIPULATION not in found
    assert scene.closed[-1].evidence["refused"] == "the layers lie apart"
