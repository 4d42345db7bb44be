"""Which signals are readings, and which way they point."""

import pytest

from processors.engine.ledger.reading import ReadingMemory
from schemas.signals import (
    ActionSignal,
    Alert,
    Classification,
    FinalAction,
    OrderState,
    ReadingKind,
    Side,
    SmartMoney,
)
from tests.support.markets.records import START_MS, order, signal

CLOSED = {"kind": "closed", "state": OrderState.CLOSED}


@pytest.mark.parametrize(
    ("found", "side", "direction"),
    [
        (Classification.DEFENSIVE_BUY, Side.BID, 1),
        (Classification.DEFENSIVE_SELL, Side.ASK, -1),
        (Classification.SWEEP_BUY, Side.ASK, 1),
        (Classification.SWEEP_SELL, Side.BID, -1),
        (Classification.SPOOF, Side.BID, -1),
        (Classification.SPOOF, Side.ASK, 1),
        (Classification.MANIPULATION, Side.BID, -1),
        (Classification.MANIPULATION, Side.ASK, 1),
        (Classification.UNKNOWN, Side.BID, 0),
    ],
)
def test_a_class_points_where_its_name_says_and_a_lure_against_its_side(
    found: Classification, side: Side, direction: int
) -> None:
    event = order("o", 3, classification=found, side=side, **CLOSED)
    reading = ReadingMemory().readings([event])[0]
    assert (reading.kind, reading.label, reading.direction) == (
        ReadingKind.ORDER_CLOSED,
        found.value,
        direction,
    )


def test_a_class_is_read_once_while_the_order_stands_and_again_at_its_end() -> None:
    buy = Classification.DEFENSIVE_BUY
    kinds = ["opened", "reclassified", "changed", "reclassified", "reclassified"]
    classes = [Classification.UNKNOWN, buy, buy, Classification.SWEEP_SELL, buy]
    life = [
        order("o", number, kind=kind, classification=found)
        for number, (kind, found) in enumerate(zip(kinds, classes, strict=True))
    ]
    memory = ReadingMemory()
    readings = memory.readings([*life, order("o", 5, classification=buy, **CLOSED)])
    assert [reading.id for reading in readings] == ["o#1", "o#3", "o#5"]
    assert memory.held == {}


def test_what_is_said_of_a_closed_order_later_is_a_reading_of_its_own() -> None:
    late = {"kind": "reclassified", "state": OrderState.CLOSED}
    events = [order("o", 1, **CLOSED), order("o", 2, classification="MANIPULATION", **late)]
    readings = ReadingMemory().readings(list(events))
    assert [(reading.kind.value, reading.label) for reading in readings] == [
        ("order_closed", "UNKNOWN"),
        ("order_closed", "MANIPULATION"),
    ]


def test_an_action_is_read_when_it_changes() -> None:
    actions = [FinalAction.MARKUP, FinalAction.MARKUP, FinalAction.MARKDOWN, FinalAction.UNKNOWN]
    memory = ReadingMemory()
    readings = memory.readings(
        [
            signal(ActionSignal, final_action=action, event_time=START_MS + number)
            for number, action in enumerate(actions)
        ]
    )
    assert [(reading.label, reading.direction) for reading in readings] == [
        ("MARKUP", 1),
        ("MARKDOWN", -1),
        ("UNKNOWN", 0),
    ]


def test_a_quarter_that_still_runs_is_no_reading() -> None:
    quarters = [signal(SmartMoney, preliminary=True), signal(SmartMoney)]
    assert len(ReadingMemory().readings(quarters)) == 1


@pytest.mark.parametrize(
    ("rule", "evidence", "direction"),
    [
        ("trap", {"side": "bid"}, -1),
        ("trap", {"side": "ask"}, 1),
        ("chain", {"side": "bid"}, -1),
        ("swan", {}, -1),
        ("feed", {}, 0),
    ],
)
def test_an_alert_points_against_what_was_shown(
    rule: str, evidence: dict[str, str], direction: int
) -> None:
    reading = ReadingMemory().readings([signal(Alert, rule=rule, evidence=evidence)])[0]
    assert (reading.kind, reading.label, reading.direction) == (
        ReadingKind.ALERT,
        rule,
        direction,
    )


def test_a_chain_that_has_grown_is_not_read_again() -> None:
    def told(at: int) -> list[str]:
        alert = signal(Alert, rule="chain", evidence={"side": "bid"}, event_time=START_MS)
        signals = [order("o", 1, event_time=at, **CLOSED), alert]
        return [reading.label for reading in ReadingMemory().readings(signals)]

    assert told(START_MS) == ["UNKNOWN", "chain"]
    assert told(START_MS + 5_000) == ["UNKNOWN"]
