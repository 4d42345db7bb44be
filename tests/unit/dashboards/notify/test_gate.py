"""Which alerts are told, and which are held back."""

from typing import Any

from dashboards.notify.gate import Gate
from schemas.settings import NotifySettings


def alert(event_id: str, **fields: Any) -> dict[str, Any]:
    values = {"venue": "v", "symbol": "BTCUSDT", "rule": "trap", "level": "HIGH"}
    return {"event_id": event_id, **values, **fields}


def gate(**settings: Any) -> Gate:
    return Gate(NotifySettings(**{"cooldown_s": 60.0, **settings}))


def test_an_alert_is_told_once_however_often_it_is_read() -> None:
    told = gate(cooldown_s=0.0)
    assert told.consider(alert("a"), 0.0) is not None
    assert told.consider(alert("a"), 1.0) is None
    assert told.consider(alert("b"), 2.0) is not None


def test_the_cooldown_holds_back_and_the_next_one_says_how_many() -> None:
    told = gate()
    assert told.consider(alert("a"), 0.0) is not None
    assert told.consider(alert("b"), 1.0) is None
    assert told.consider(alert("c"), 59.9) is None
    assert told.held_back == 2
    later = told.consider(alert("d"), 60.0)
    assert later is not None
    assert later.held_back == 2
    after = told.consider(alert("e"), 120.0)
    assert after is not None
    assert after.held_back == 0


def test_a_higher_level_breaks_through_and_a_lower_one_does_not() -> None:
    told = gate(min_level="WATCH")
    assert told.consider(alert("a", level="HIGH"), 0.0) is not None
    assert told.consider(alert("b", level="WATCH"), 1.0) is None
    assert told.consider(alert("c", level="CRITICAL"), 2.0) is not None
    assert told.consider(alert("d", level="HIGH"), 3.0) is None


def test_symbols_and_rules_cool_down_apart() -> None:
    told = gate()
    assert told.consider(alert("a"), 0.0) is not None
    assert told.consider(alert("b", symbol="ETHUSDT"), 0.0) is not None
    assert told.consider(alert("c", rule="swan"), 0.0) is not None


def test_levels_below_and_rules_not_asked_for_stay_silent_and_cool_nothing() -> None:
    told = gate(rules=("trap",), min_level="HIGH")
    assert told.consider(alert("a", level="WATCH"), 0.0) is None
    assert told.consider(alert("b", rule="feed"), 0.0) is None
    first = told.consider(alert("c"), 0.0)
    assert first is not None
    assert first.held_back == 0
    assert told.held_back == 0
