"""What is told of real markets that nobody touched: walls, but no lures, and rarely an action."""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from compose.evaluation.hard.tapes import read_stream
from compose.evaluation.injection.stream import MarketStream
from schemas.settings import EngineSettings
from schemas.signals import (
    LURES,
    ActionSignal,
    Alert,
    BookMetrics,
    FinalAction,
    LargeOrderEvent,
    OrderState,
    Outcome,
    ReadingKind,
    Signal,
)
from tests.quality.streams import orders_of, signals_of
from tests.support.markets.captures import ALL_CAPTURES

MINUTES_AN_HOUR = 60
WALLS_A_MINUTE = (0.5, 8.0)
ACCUSED_AN_HOUR = 6.0
STANDING_SHARE = 0.4
LATEST_MS = 2_000

pytestmark = [
    pytest.mark.capture,
    pytest.mark.skipif(
        not all(capture.exists() for capture in ALL_CAPTURES),
        reason=f"one of the captures is absent: {', '.join(map(str, ALL_CAPTURES))}",
    ),
    pytest.mark.parametrize("capture", ALL_CAPTURES, ids=lambda path: path.parent.name),
]


@cache
def told(capture: Path) -> tuple[MarketStream, Sequence[Signal]]:
    stream = read_stream(capture)
    return stream, signals_of(stream)


def standing(actions: Sequence[ActionSignal], until: int) -> Counter[FinalAction]:
    """How long each action stood, ms."""
    shares: Counter[FinalAction] = Counter()
    for one, following in pairwise(actions):
        shares[one.final_action] += following.event_time - one.event_time
    shares[actions[-1].final_action] += until - actions[-1].event_time
    return shares


def test_walls_are_neither_rare_nor_common(capture: Path) -> None:
    stream, signals = told(capture)
    walls = {event.order_id for event in orders_of(list(signals))}
    least, most = WALLS_A_MINUTE
    assert least <= len(walls) / (stream.hours * MINUTES_AN_HOUR) <= most


def test_next_to_nobody_is_accused(capture: Path) -> None:
    stream, signals = told(capture)
    last = {event.order_id: event for event in orders_of(list(signals))}
    accused = {event.chain_id for event in last.values() if event.classification in LURES}
    assert len(accused) / stream.hours <= ACCUSED_AN_HOUR


def test_no_action_but_unknown_stands_for_long(capture: Path) -> None:
    _, signals = told(capture)
    actions = [signal for signal in signals if isinstance(signal, ActionSignal)]
    shares = standing(actions, max(signal.event_time for signal in signals))
    total = shares.total()
    assert total > 0
    for action, time in shares.items():
        assert action is FinalAction.UNKNOWN or time / total <= STANDING_SHARE, shares


def test_quantity_is_conserved_at_every_event(capture: Path) -> None:
    _, signals = told(capture)
    orders = orders_of(list(signals))
    assert orders
    for event in orders:
        assert left_over(event) == 0, event.event_id


def test_every_reading_is_graded_once_or_void_with_a_reason(capture: Path) -> None:
    """Each closed order, change of the action and alert, at every horizon within the capture."""
    _, signals = told(capture)
    outcomes = [signal for signal in signals if isinstance(signal, Outcome)]
    graded = {outcome.event_id: outcome for outcome in outcomes}
    assert len(graded) == len(outcomes)
    for outcome in outcomes:
        assert (outcome.void_reason is None) == (outcome.move_bps is not None), outcome
    readings = readings_of(signals)
    assert {kind for kind, _ in readings} >= {ReadingKind.ORDER_CLOSED, ReadingKind.ACTION}
    until = max(signal.event_time for signal in signals if isinstance(signal, BookMetrics))
    for kind, reading in readings:
        for horizon in EngineSettings().ledger.horizons_ms:
            # An alignment may tell a reading later than its time says.
            if reading.event_time + horizon < until - LATEST_MS:
                assert graded[f"{reading.event_id}@{horizon}"].reading_kind == kind


def readings_of(signals: Sequence[Signal]) -> list[tuple[ReadingKind, Signal]]:
    """Return what the rules call a reading, found without the ledger."""
    found: list[tuple[ReadingKind, Signal]] = []
    action = None
    for signal in signals:
        match signal:
            case LargeOrderEvent() if signal.state is OrderState.CLOSED:
                found.append((ReadingKind.ORDER_CLOSED, signal))
            case ActionSignal() if signal.final_action != action:
                action = signal.final_action
                found.append((ReadingKind.ACTION, signal))
            case Alert():
                found.append((ReadingKind.ALERT, signal))
            case _:
                pass
    return found


def left_over(event: LargeOrderEvent) -> Decimal:
    """What the identity of quantities misses; floats are exact in their shortest digits."""
    came, went = (
        sum((Decimal(repr(part)) for part in parts), Decimal(0))
        for parts in (
            (event.initial_qty, event.added_qty),
            (
                event.traded_qty,
                event.cancelled_qty,
                event.unexplained_qty,
                event.current_qty,
            ),
        )
    )
    return came - went
