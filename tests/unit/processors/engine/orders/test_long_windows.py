"""Settings that ask for longer than the shipped ones: what they need is still remembered."""

from __future__ import annotations

from typing import Any

import pytest

from processors.engine import retention
from schemas.settings import EngineSettings
from schemas.signals import ActionSignal, Classification, OrderEventKind
from tests.support.markets.scenario import Scene

PIECES = [(999.0, 60.0), (998.5, 61.0)]


def test_the_shipped_settings_are_remembered_for_as_long_as_ever() -> None:
    shipped = EngineSettings()
    assert retention.pulls_ms(shipped) == shipped.classify.pattern_window_ms
    assert retention.accusations_ms(shipped) == shipped.lifecycle.revision_ms
    assert retention.cancels_ms(shipped) == shipped.lifecycle.revision_ms
    # Depths are those of full seconds.
    assert retention.depths_ms(shipped) // 1_000 == 2 * shipped.innocence.withdrawal_ms // 1_000


@pytest.mark.parametrize(
    ("overrides", "apart_ms"),
    [
        ({"cluster": {"window_ms": 6_000}}, 5_000),
        ({"cluster": {"window_ms": 10_000}}, 9_000),
        ({"lifecycle": {"min_lifetime_ms": 4_000}}, 200),
        ({"innocence": {"withdrawal_ms": 0}}, 200),
        ({}, 200),
    ],
)
def test_a_cluster_is_found_however_slowly_its_pieces_may_come(
    overrides: dict[str, Any], apart_ms: int
) -> None:
    scene = Scene(**overrides)
    scene.wait(5_600)
    for number, piece in enumerate(PIECES):
        scene.wait(5_600 + number * apart_ms)
        scene.depth(scene.now + 10, bids=[piece])
    scene.wait(scene.now + 6_000)
    opened = [event for event in scene.orders if event.kind is OrderEventKind.OPENED]
    assert [event.levels for event in opened] == [2]


def lure(scene: Scene, price: float) -> None:
    """Put up a wall near mid that is pulled untraded after a second."""
    scene.depth(scene.now + 100, bids=[(price, 200.0)])
    scene.wait(scene.now + 1_000)
    scene.depth(scene.now + 100, bids=[(price, 1.0)])


def test_lures_count_for_the_action_as_long_as_closed_orders_do() -> None:
    scene = Scene(classify={"pattern_window_ms": 5_000}, action={"closed_memory_ms": 60_000})
    scene.wait(5_000)
    lure(scene, 998.0)
    scene.wait(scene.now + 20_000)
    lure(scene, 998.5)
    scene.wait(scene.now + 2_000)
    assert [event.classification for event in scene.closed] == [Classification.SPOOF] * 2
    assert max(action.spoof_count for action in scene.of(ActionSignal)) == 2


def test_a_pull_of_several_steps_is_whole_within_its_time() -> None:
    shares = []
    for revision_ms in (5_000, 0):
        scene = Scene(
            lifecycle={"revision_ms": revision_ms},
            innocence={"pull_ms": 3_000},
        )
        scene.wait(5_000)
        scene.depth(scene.now + 100, bids=PIECES)
        scene.wait(scene.now + 1_000)
        for price, _ in PIECES:
            scene.depth(scene.now + 700, bids=[(price, 1.0)])
        scene.wait(scene.now + 1_000)
        (closed,) = scene.closed
        shares.append(closed.evidence)
    assert shares[0] == shares[1]
