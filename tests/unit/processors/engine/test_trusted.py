"""Signals that are not validated say what validated ones would, to the last type."""

from collections import Counter
from random import Random

import pytest

from processors.engine.engine import MarketEngine
from schemas.settings import EngineSettings, ThresholdSettings
from schemas.signals import BookMetrics, FlowBar, LargeOrderEvent, Outcome, Signal
from tests.support.markets.market import SYMBOL, VENUE, random_log
from tests.support.markets.records import one_of_each

LOW = ThresholdSettings(min_usd=0.0, multiple=0.5, depth_share=0.0, warmup_factor=1.0)


def told(seed: int) -> list[Signal]:
    """All signals of a market in which nearly every level is a large order."""
    engine = MarketEngine(VENUE, SYMBOL, EngineSettings(threshold=LOW))
    records = random_log(seed).interleaved(Random(seed))
    return [signal for record, offset in records for signal in engine.apply(record, offset)]


@pytest.mark.parametrize("seed", range(5))
def test_what_is_told_without_validation_is_valid(seed: int) -> None:
    signals = told(seed)
    for signal in signals:
        fields = dict(signal.__dict__)
        validated = type(signal).model_validate(fields)
        assert list(fields) == list(type(signal).model_fields)
        assert {name: type(value) for name, value in fields.items()} == {
            name: type(value) for name, value in validated.__dict__.items()
        }
        assert signal == validated
        assert signal.model_dump_json() == validated.model_dump_json()
    kinds = Counter(map(type, signals))
    assert min(kinds[kind] for kind in (LargeOrderEvent, FlowBar, BookMetrics)) > 0


def test_outcomes_are_among_them() -> None:
    assert any(isinstance(signal, Outcome) for seed in range(5) for signal in told(seed))


def test_every_record_knows_its_own_fields() -> None:
    for _, record in one_of_each():
        assert type(record).all_fields == set(type(record).model_fields)
