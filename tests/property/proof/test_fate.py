"""What is told of the fate of an order: by nothing that comes after it."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from processors.engine.engine import MarketEngine
from processors.engine.fate.features import MarketMoment, features_of
from processors.engine.fate.forecast import FateFields
from processors.engine.fate.outcome import Standing
from processors.engine.orders.order import TrackedOrder
from processors.engine.orders.order_event import order_id
from processors.engine.scope import Scope
from schemas.fate.model import FateForecast
from schemas.market import MarketRecord
from schemas.settings import EngineSettings
from schemas.signals import FateOutcome, LargeOrderEvent, OrderFate, Signal
from tests.property.proof.test_suggestion_ledger import run_broken
from tests.property.test_ledger import SEEDS, history, other_future, run
from tests.support.markets.fate_model import fate_model
from tests.support.markets.market import START_MS, SYMBOL, VENUE

CHOSEN = EngineSettings.model_validate({"fate": {"model": fate_model(*FateForecast).model_dump()}})


class Watched:
    """Figures, standing and forecasts of a run, each with the time from which they are known."""

    def __init__(self, records: list[tuple[MarketRecord, int]]) -> None:
        self.seconds: list[tuple[int, str, tuple[Any, ...]]] = []
        engine = MarketEngine(VENUE, SYMBOL, CHOSEN, on_second=self._look)
        events = [signal for record, offset in records for signal in engine.apply(record, offset)]
        names = FateFields._fields
        self.told = [
            (event.event_time, event.event_id, [getattr(event, name) for name in names])
            for event in events
            if isinstance(event, LargeOrderEvent)
        ]
        self.graded = [
            (event.event_time, event.event_id, event.model_dump(exclude={"received_us"}))
            for event in events
            if isinstance(event, FateOutcome)
        ]

    def _look(self, scope: Scope, moment: MarketMoment, orders: list[TrackedOrder]) -> None:
        for order in orders:
            figures = (*features_of(order, moment), *Standing.of(order))
            self.seconds.append((moment.now, order_id(scope, order), figures))

    def until(self, time: int) -> list[list[Any]]:
        """Return what was known at `time` (ms)."""
        return [
            [one for one in every if one[0] <= time]
            for every in (self.seconds, self.told, self.graded)
        ]


@given(seed=SEEDS, cut=st.floats(0.1, 0.9))
@settings(max_examples=60, deadline=None)
def test_the_future_changes_no_figure_and_no_forecast_of_the_past(seed: int, cut: float) -> None:
    records = history(seed)
    last = records[-1][0].received_us // 1_000
    since = START_MS + int(cut * (last - START_MS))
    changed = [(other_future(record, since), offset) for record, offset in records]
    assert Watched(records).until(since) == Watched(changed).until(since)


@given(seed=SEEDS)
@settings(max_examples=30, deadline=None)
def test_of_each_order_one_forecast_at_a_time_is_graded_and_each_once(seed: int) -> None:
    graded = Watched(history(seed)).graded
    ids = [one[1] for one in graded]
    assert len(set(ids)) == len(ids)
    over: dict[str, int] = {}
    for time, _, outcome in sorted(graded, key=lambda one: one[2]["told_at"]):
        assert outcome["told_at"] >= over.get(outcome["order_id"], 0)
        over[outcome["order_id"]] = time
        assert 0 <= outcome["after_ms"] <= 60_000


@given(seed=SEEDS, share=st.floats(0, 1))
@settings(max_examples=30, deadline=None)
def test_a_restart_at_any_record_changes_no_grade(seed: int, share: float) -> None:
    records = history(seed)

    def grades(signals: list[Signal]) -> list[str]:
        return [one.model_dump_json() for one in signals if isinstance(one, FateOutcome)]

    broken = run_broken(records, int(share * len(records)), CHOSEN)
    assert grades(broken) == grades(run(records, CHOSEN))


def test_the_random_markets_have_figures_and_forecasts() -> None:
    """The property above would hold of silence too."""
    seen = [Watched(history(seed)) for seed in range(6)]
    assert sum(len(one.seconds) for one in seen) > 100
    assert {told[2][0] is None for one in seen for told in one.told} == {True, False}
    assert len({told[2][0] for one in seen for told in one.told}) > 50
    fates = {graded[2]["fate"] for one in seen for graded in one.graded}
    assert fates >= {OrderFate.FILLED, OrderFate.PULLED}
