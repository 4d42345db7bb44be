"""The threshold: medians that go along, and samples that were taken by other settings."""

from __future__ import annotations

from math import inf
from random import Random
from statistics import median

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.engine.book.sides.rings import Rings
from processors.engine.engine import MarketEngine
from processors.engine.orders.rolling_median import RollingMedian
from processors.engine.orders.threshold import RollingThreshold, Sampling
from processors.engine.state import decode
from schemas.settings import EngineSettings, ThresholdSettings
from schemas.signals import Side
from tests.support.markets.market import SYMBOL, VENUE, random_log

FIGURES = st.lists(st.none() | st.floats(0, 1e9), max_size=40)
USD = st.lists(st.lists(st.floats(1, 1e7), max_size=6), min_size=3, max_size=3)
RULE = ThresholdSettings(distances_bps=(5.0, 20.0, 100.0), window_s=60, warmup_s=10)
RULE_SAMPLING = Sampling.by(RULE)
OTHER_DISTANCES = {"threshold": {"distances_bps": (5.0, 20.0, 50.0, 100.0, 150.0, 200.0, 400.0)}}


@given(figures=FIGURES, window=st.integers(1, 10))
def test_a_rolling_median_is_that_of_the_window(figures: list[float | None], window: int) -> None:
    rolling = RollingMedian(figures[:window])
    for at in range(window, len(figures)):
        rolling.add(figures[at])
        rolling.remove(figures[at - window])
        known = [one for one in figures[at - window + 1 : at + 1] if one is not None]
        assert rolling.value == (median(known) if known else 0.0)


@given(looks=st.lists(st.tuples(st.integers(1, 20), USD, USD), max_size=25))
def test_a_threshold_made_of_its_samples_goes_on_alike(
    looks: list[tuple[int, list[list[float]], list[list[float]]]],
) -> None:
    ongoing, now = RollingThreshold(RULE), 0
    for seconds, bids, asks in looks:
        now += seconds * 1_000
        restarted = RollingThreshold(RULE, list(ongoing.samples), ongoing.sampling)
        for one in (ongoing, restarted):
            one.sample(now, _rings(bids), _rings(asks))
        assert restarted.samples == ongoing.samples
        assert all(now - 60_000 < sample.time <= now for sample in ongoing.samples)
        for side in Side:
            for distance_bps in (0.0, 5.0, 6.0, 99.0, 101.0):
                assert restarted.at(side, distance_bps) == ongoing.at(side, distance_bps)


def _rings(usd: list[list[float]]) -> Rings:
    return Rings([np.array(held) for held in usd], float(sum(usd[0])))


@pytest.mark.parametrize(
    "changed",
    [
        {"distances_bps": (5.0, 20.0)},
        {"distances_bps": (5.0, 20.0, 100.0, 200.0)},
        {"distances_bps": (50.0, 60.0, 70.0)},
        {"quantile": 0.9},
        {"depth_bps": 50.0},
    ],
)
def test_samples_of_other_settings_are_left_out(changed: dict[str, object]) -> None:
    first = RollingThreshold(RULE)
    first.sample(1_000, _rings([[1.0], [2.0], [3.0]]), _rings([[1.0], [2.0], [3.0]]))
    rule = ThresholdSettings.model_validate(RULE.model_dump() | changed)
    other = RollingThreshold(rule, first.samples, first.sampling)
    assert (other.samples, other.value_usd) == ([], inf)
    assert other.sampling == Sampling.by(rule) != first.sampling
    kept = RollingThreshold(RULE.model_copy(update={"multiple": 9.0}), first.samples, RULE_SAMPLING)
    assert kept.samples == first.samples


def test_samples_of_an_earlier_release_are_used_where_they_can_be() -> None:
    first = RollingThreshold(RULE)
    first.sample(1_000, _rings([[1.0], [2.0], [3.0]]), _rings([[1.0], [2.0], [3.0]]))
    assert RollingThreshold(RULE, first.samples, None).samples == first.samples
    more = RULE.model_copy(update={"distances_bps": (5.0, 20.0, 100.0, 200.0)})
    assert RollingThreshold(more, first.samples, None).samples == []


@pytest.mark.parametrize("live", [True, False], ids=["while it runs", "after a restart"])
def test_an_engine_goes_on_with_other_distances(live: bool) -> None:
    log = random_log(5).interleaved(Random(5))
    changed = EngineSettings.model_validate(OTHER_DISTANCES)
    engine = MarketEngine(VENUE, SYMBOL, EngineSettings())
    for record, offset in log[: len(log) // 2]:
        engine.apply(record, offset)
    assert decode(engine.dump()).samples
    if live:
        engine.change_settings(changed, 0)
        later = log[len(log) // 2 :]
        while decode(engine.dump()).sampling != Sampling.by(changed.threshold):
            engine.apply(*later.pop(0))
        # Not a moment without a threshold: the second of the change is sampled.
        assert decode(engine.dump()).samples
    else:
        engine = MarketEngine.load(engine.dump(), changed)
    # What was applied before is passed over.
    for record, offset in log:
        engine.apply(record, offset)
    state = decode(engine.dump())
    assert state.sampling == Sampling.by(changed.threshold)
    assert {len(sample.quantiles) for sample in state.samples} == {7}
