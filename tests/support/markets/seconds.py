"""A scene that is watched second by second."""

from typing import Any

from processors.engine.engine import MarketEngine
from processors.engine.fate.features import MarketMoment, features_of
from processors.engine.fate.outcome import Standing
from processors.engine.orders.order import TrackedOrder
from processors.engine.scope import Scope
from schemas.fate.features import OrderFeatures
from tests.support.markets.scenario import SYMBOL, VENUE, Scene


class WatchedScene(Scene):
    """Keeps the figures of every open order at every full second."""

    def __init__(self, **overrides: Any) -> None:
        super().__init__(**overrides)
        self.features: dict[tuple[int, float], OrderFeatures] = {}
        """By (event time in ms, price)."""
        self.standing: dict[tuple[int, float], Standing] = {}
        # The snapshot is applied again: nothing has happened yet.
        self.engine = MarketEngine(VENUE, SYMBOL, self.settings, on_second=self._look)
        self.signals = []
        for record, offset in self._log:
            self.signals += self.engine.apply(record, offset)

    def _look(self, _scope: Scope, moment: MarketMoment, orders: list[TrackedOrder]) -> None:
        for order in orders:
            key = (moment.now, order.price)
            self.features[key] = features_of(order, moment)
            self.standing[key] = Standing.of(order)
