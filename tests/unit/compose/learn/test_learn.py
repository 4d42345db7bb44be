"""What was planted is found, what was not is not, and the engine tells the same probabilities."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from compose.errors import UserError
from compose.learn.boost import boosted_phase, said
from compose.learn.choice import _folds, choose
from compose.learn.hazard import PHASE_ENDS_MS, Scaling, fit_phase
from compose.learn.learn import learn
from compose.learn.probabilities import model_probabilities
from compose.learn.samples import Samples
from compose.learn.skill import graded
from processors.engine.fate.forecast import FateForecaster
from schemas.fate.features import OrderFeatures
from schemas.fate.model import FATE_FEATURES, FateForecast, FateModel
from tests.support.markets.order_seconds import BEGIN_MS, DISTANCE, SIZE, note, order_seconds

OTHER = "binance_spot:BTCUSDT"


def say(_: str) -> None:
    """Show no progress."""


def test_the_weights_are_those_of_the_rates() -> None:
    samples = order_seconds(20_000, seed=1, size_weight=1.0)
    phase = fit_phase(samples, Scaling.of(samples), 0, PHASE_ENDS_MS[0])
    assert phase.filled.weights[DISTANCE] == pytest.approx(-1.0, abs=0.1)
    assert phase.pulled.weights[SIZE] == pytest.approx(1.0, abs=0.1)
    others = np.delete(np.array(phase.pulled.weights), SIZE)
    assert np.abs(others).max() < 0.1
    assert phase.filled.biases[0] == pytest.approx(np.log(0.02), abs=0.2)


def test_a_weight_never_has_the_wrong_sign() -> None:
    samples = order_seconds(5_000, seed=2, size_weight=0.0)
    features = samples.features.copy()
    features[:, DISTANCE] *= -1
    turned = replace(samples, features=features)
    phase = fit_phase(turned, Scaling.of(turned), 0, PHASE_ENDS_MS[0])
    assert phase.filled.weights[DISTANCE] == 0.0


def test_the_time_of_day_is_left_out_where_tapes_are_shorter_than_a_day() -> None:
    samples = order_seconds(1_000, seed=3, size_weight=0.0)
    used = dict(zip(FATE_FEATURES, Scaling.of(samples).used, strict=True))
    assert [name for name, is_used in used.items() if not is_used] == ["day_sine", "day_cosine"]


def test_what_the_table_cannot_see_is_skill_and_switched_on() -> None:
    learned = learn(
        order_seconds(6_000, seed=4, size_weight=1.0),
        order_seconds(6_000, seed=5, size_weight=1.0, market=OTHER),
        say,
    )
    skill = learned.model.skill[FateForecast.PULLED_10S]
    assert skill.low is not None
    assert 0 < skill.low < (skill.skill or 0)
    assert learned.model.tells(FateForecast.PULLED_10S)
    told = learned.reliability[FateForecast.PULLED_10S]
    assert sum(row["samples"] for row in told) == skill.samples
    for row in told:
        if row["samples"] > 300:
            assert row["told"] == pytest.approx(row["came_true"], abs=0.06)


def test_what_holds_on_the_training_tapes_alone_stays_off() -> None:
    learned = learn(
        order_seconds(6_000, seed=6, size_weight=1.0),
        order_seconds(6_000, seed=7, size_weight=-1.0, market=OTHER),
        say,
    )
    assert not learned.model.tells(FateForecast.PULLED_10S)
    assert not learned.model.tells(FateForecast.PULLED_60S)


def test_too_few_blocks_of_time_prove_nothing() -> None:
    reporting = order_seconds(6_000, seed=8, size_weight=1.0, market=OTHER)
    short = replace(reporting, time_ms=BEGIN_MS + (reporting.time_ms - BEGIN_MS) // 40)
    learned = learn(order_seconds(6_000, seed=9, size_weight=1.0), short, say)
    skill = learned.model.skill[FateForecast.PULLED_60S]
    assert (skill.skill or 0) > 0
    assert (skill.low, skill.is_on) == (None, False)


def test_the_seconds_of_few_orders_prove_nothing() -> None:
    reporting = order_seconds(6_000, seed=16, size_weight=1.0, market=OTHER)
    few = replace(reporting, order=reporting.order % 15)
    learned = learn(order_seconds(6_000, seed=17, size_weight=1.0), few, say)
    assert learned.model.skill[FateForecast.PULLED_10S].low is None
    training = order_seconds(6_000, seed=17, size_weight=1.0)
    learned = learn(replace(training, order=training.order % 15), reporting, say)
    skill = learned.model.skill[FateForecast.PULLED_10S]
    assert (skill.low or 0) > 0
    assert not skill.is_on


def test_a_fate_near_the_end_of_the_tape_is_graded_only_with_its_whole_horizon() -> None:
    samples = order_seconds(1_000, seed=10, size_weight=0.0)
    cut = replace(samples, left_ms=np.where(np.arange(1_000) < 500, 9_999, 10_000))
    known, _ = graded(cut, FateForecast.FILLED_10S)
    assert not known[:500].any()
    assert known[500:].any()


@pytest.mark.parametrize("forecast", list(FateForecast))
def test_the_engine_tells_what_was_fitted(forecast: FateForecast) -> None:
    samples = order_seconds(2_000, seed=11, size_weight=1.0)
    scaling = Scaling.of(samples)
    learned = learn(samples, order_seconds(500, 12, 1.0, OTHER), say)
    model = FateModel.model_validate_json(learned.model.model_dump_json())
    assert model.version == learned.model.version
    ours = model_probabilities(model.phases, scaling, samples.features[:20])
    names = list(FateForecast)
    for row, features in enumerate(samples.features[:20]):
        told = FateForecaster(model).probabilities(OrderFeatures(*features.tolist()))
        horizon, risk = names.index(forecast) % 2, names.index(forecast) // 2
        assert told[names.index(forecast)] == pytest.approx(ours[row, horizon, risk], rel=1e-9)


def test_the_same_time_of_a_market_is_refused() -> None:
    training = order_seconds(500, seed=13, size_weight=0.0)
    with pytest.raises(UserError, match=r"same time of binance_usdm:BTCUSDT"):
        learn(training, training, say)
    later = replace(training, notes=(note(first_ms=BEGIN_MS + 60_001),))
    learn(training, later, say)


def test_nothing_is_learned_where_nothing_was_filled() -> None:
    training = order_seconds(500, seed=14, size_weight=0.0)
    never = replace(training, fate=np.where(training.fate == 1, 0, training.fate))
    with pytest.raises(UserError, match=r"no order of the training tapes was filled"):
        learn(never, order_seconds(500, 15, 0.0, OTHER), say)


def curved(count: int, seed: int, market: str = "binance_usdm:BTCUSDT") -> Samples:
    """Order-seconds that are pulled soon where a figure is extreme: no weight tells."""
    samples = order_seconds(count, seed, size_weight=0.0, market=market)
    is_extreme = np.abs(samples.features[:, SIZE]) > 0.8
    random = np.random.default_rng(seed + 1_000)
    pull = np.ceil(random.exponential(np.where(is_extreme, 8_000, 200_000))).astype(np.int64)
    is_pulled = pull < samples.after_ms
    return replace(
        samples,
        fate=np.where(is_pulled, 2, samples.fate),
        after_ms=np.where(is_pulled, pull, samples.after_ms),
    )


def test_trees_are_chosen_where_they_see_more_and_the_engine_tells_what_they_say() -> None:
    learned = learn(curved(8_000, 21), curved(4_000, 22, OTHER), say)
    assert learned.trees.is_chosen, learned.trees
    model = FateModel.model_validate_json(learned.model.model_dump_json())
    assert all(risk.trees for phase in model.phases for risk in (phase.filled, phase.pulled))
    skill = model.skill[FateForecast.PULLED_10S]
    assert (skill.skill or 0) > 0.2
    assert skill.is_on
    features = curved(200, 23).features
    means, scales = np.array(model.means), np.array(model.scales)
    scaling = Scaling(means, scales, np.ones(len(means), dtype=np.bool_))
    ours = model_probabilities(model.phases, scaling, features)
    forecaster = FateForecaster(model)
    for row, figures in enumerate(features):
        told = forecaster.probabilities(OrderFeatures(*figures.tolist()))
        assert told == pytest.approx(ours[row].T.ravel(), rel=1e-9)


def test_trees_stay_off_where_the_logistic_hazards_are_the_truth() -> None:
    samples = order_seconds(4_000, seed=24, size_weight=1.0)
    choice = choose(samples, Scaling.of(samples), say)
    assert not choice.is_chosen
    assert choice.low is not None
    assert choice.low <= 0


def test_trees_keep_the_signs_that_are_imposed() -> None:
    samples = order_seconds(5_000, seed=25, size_weight=0.0)
    features = samples.features.copy()
    features[:, DISTANCE] *= -1
    turned = replace(samples, features=features)
    scaling = Scaling.of(turned)
    phase = fit_phase(turned, scaling, 0, PHASE_ENDS_MS[0])
    trees = boosted_phase(turned, scaling, 0, phase).filled.trees
    row = np.repeat(features[:1], 50, axis=0)
    row[:, DISTANCE] = np.linspace(-3, 3, 50)
    assert (np.diff(said(trees, row)) <= 1e-5).all()


def test_no_order_is_in_two_folds() -> None:
    samples = replace(order_seconds(1_000, 26, 0.0), order=np.arange(1_000) // 7)
    folds = _folds(samples)
    assert (np.sum(folds, axis=0) == 1).all()
    for held in folds:
        assert not set(samples.order[held]) & set(samples.order[~held])
