"""What it costs to tell the fate of one standing order: its figures, and a model with and without
trees."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from compose.learn.boost import DEPTH, ROUNDS
from ingest.offline import market_records
from processors.engine.engine import MarketEngine
from processors.engine.fate.features import MarketMoment, features_of
from processors.engine.fate.forecast import FateForecaster
from processors.engine.orders.order import TrackedOrder
from processors.engine.scope import Scope
from schemas.control import DeadLetter
from schemas.fate.model import FATE_FEATURES, FateForecast, FateModel
from schemas.fate.tree import LEAF, Tree
from schemas.market import MarketRecord
from schemas.settings import EngineSettings, Settings
from tests.bench.engine_cost import SYMBOL, US_PER_S
from tests.support.markets.fate_model import fate_model

CALLS: Final = 50
LOW: Final = EngineSettings.model_validate(
    {"threshold": {"multiple": 1, "quantile": 0.97, "depth_share": 0.02, "min_usd": 10_000}}
)
"""So that many orders stand."""


@dataclass(frozen=True, slots=True)
class FateCost:
    """Microseconds an order, its figures included."""

    logistic_us: float
    trees_us: float
    orders: int
    """Over how many orders the mean is taken."""


def measure_fate(capture: Path, rounds: int) -> FateCost:
    """Measure both models in turn, `rounds` times, and return the best of each."""
    moment, orders = _standing(capture)
    plain = fate_model(*FateForecast)
    models = (FateForecaster(plain), FateForecaster(_with_trees(plain)))
    best = [min(_timed(_tell(model, orders, moment)) for _ in range(rounds)) for model in models]
    logistic_us, trees_us = (seconds * US_PER_S / (CALLS * len(orders)) for seconds in best)
    return FateCost(logistic_us, trees_us, len(orders))


def _standing(capture: Path) -> tuple[MarketMoment, list[TrackedOrder]]:
    """Return the second of a capture at which most orders stood, of its first minutes."""
    found: list[tuple[MarketMoment, list[TrackedOrder]]] = []

    def look(_: Scope, moment: MarketMoment, orders: list[TrackedOrder]) -> None:
        found.append((moment, list(orders)))

    settings = Settings(engine=LOW)
    engine = MarketEngine(settings.ingest.venue, SYMBOL, LOW, on_second=look)
    records = [r for r in market_records(capture, settings) if not isinstance(r, DeadLetter)]
    for offset, record in enumerate(records):
        assert isinstance(record, MarketRecord)
        engine.apply(record, offset)
    return max(found, key=lambda seen: len(seen[1]))


def _tell(
    model: FateForecaster, orders: list[TrackedOrder], moment: MarketMoment
) -> Callable[[], None]:
    def run() -> None:
        for _ in range(CALLS):
            for order in orders:
                model.tell(features_of(order, moment))

    return run


def _timed(run: Callable[[], None]) -> float:
    before = time.process_time()
    run()
    return time.process_time() - before


def _with_trees(model: FateModel) -> FateModel:
    """Return the model with as many full trees as `wallwatch learn` may grow."""
    random = np.random.default_rng(1)

    def tree() -> Tree:
        splits = 2**DEPTH - 1
        count = 2 * splits + 1
        asked = random.integers(0, len(FATE_FEATURES), splits).tolist()
        return Tree(
            feature=(*asked, *[LEAF] * (count - splits)),
            limit=tuple(random.uniform(0, 1, count).tolist()),
            left=tuple(2 * node + 1 if node < splits else 0 for node in range(count)),
            right=tuple(2 * node + 2 if node < splits else 0 for node in range(count)),
            value=tuple(random.normal(0, 0.1, count).tolist()),
        )

    phases = tuple(
        phase.model_copy(
            update={
                name: getattr(phase, name).model_copy(
                    update={"trees": tuple(tree() for _ in range(ROUNDS))}
                )
                for name in ("filled", "pulled")
            }
        )
        for phase in model.phases
    )
    return model.model_copy(update={"phases": phases})
