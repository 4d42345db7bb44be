"""Settings that change while the market goes on."""

from processors.engine.engine import MarketEngine
from schemas.market import TakerSide
from schemas.settings import EngineSettings, merged
from schemas.signals import LargeOrderEvent, OrderEventKind
from tests.support.markets.scenario import START_MS, Scene

ASK, SMALL_WALL = 1_005.0, 60.0


def lower_threshold(scene: Scene) -> EngineSettings:
    changed = merged(scene.settings.model_dump(), {"threshold": {"absolute_usd": 50_000.0}})
    return EngineSettings.model_validate(changed)


def test_a_change_holds_from_the_stated_second_on_and_is_recorded() -> None:
    scene = Scene()
    scene.depth(500, asks=[(ASK, SMALL_WALL)])
    changed = lower_threshold(scene)
    scene.engine.change_settings(changed, START_MS + 4_500)
    scene.wait(4_900)
    assert scene.orders == []
    scene.wait(6_000)
    (opened,) = scene.orders
    assert opened.event_time >= START_MS + 5_000
    assert opened.settings_version == changed.version


def test_what_is_tracked_goes_on_under_the_new_settings() -> None:
    scene = Scene()
    scene.depth(500, asks=[(ASK, 200.0)])
    scene.wait(1_000)
    scene.engine.change_settings(lower_threshold(scene), 0)
    scene.wait(12_000)
    kinds = [event.kind for event in scene.orders]
    assert kinds == [OrderEventKind.OPENED, OrderEventKind.PERSISTENT]
    assert len({event.order_id for event in scene.orders}) == 1
    assert len({event.settings_version for event in scene.orders}) == 2


def test_a_change_survives_a_restart_whether_in_force_or_still_to_come() -> None:
    for effective_from in (0, START_MS + 4_500):
        scene = Scene()
        scene.depth(500, asks=[(ASK, SMALL_WALL)])
        changed = lower_threshold(scene)
        scene.engine.change_settings(changed, effective_from)
        scene.wait(2_500)
        scene.engine = MarketEngine.load(scene.engine.dump(), scene.settings)
        scene.wait(6_000)
        opened = [e for e in scene.of(LargeOrderEvent) if e.kind is OrderEventKind.OPENED]
        assert [event.settings_version for event in opened] == [changed.version]


def test_a_later_change_replaces_one_still_to_come() -> None:
    scene = Scene()
    scene.depth(500, asks=[(ASK, SMALL_WALL)])
    scene.engine.change_settings(lower_threshold(scene), START_MS + 3_000)
    scene.engine.change_settings(scene.settings, START_MS + 2_000)
    scene.wait(6_000)
    assert scene.orders == []


def test_trades_that_came_twice_stay_counted_over_a_change() -> None:
    scene = Scene()
    for at in (500, 600):
        scene.trade(500, ASK, 1.0, TakerSide.BUY)
        scene.depth(at)
    scene.engine.change_settings(lower_threshold(scene), 0)
    scene.wait(3_000)
    assert scene.engine.take_repeated() == 1
    assert scene.engine.take_repeated() == 0
