"""Markets made of random moves, for tests of what is said of their future."""

from __future__ import annotations

from typing import Any

import numpy as np

from dashboards.macro.breadth import STEP_MS, BreadthHistory
from dashboards.macro.moves import MarketMoves
from schemas.units import HOUR_MS, MINUTE_MS

START_MS = 1_700_000_100_000 // HOUR_MS * HOUR_MS


def mids_of(moves: np.ndarray[Any, Any], symbol: str = "BTCUSDT") -> dict[str, Any]:
    """A row of minute mids whose moves (bps) are given, from START_MS on."""
    first = START_MS // MINUTE_MS
    prices = 100 * np.exp(np.cumsum(np.concatenate([[0.0], moves])) / 10_000)
    minutes = list(range(first, first + len(prices)))
    return {"venue": "v", "symbol": symbol, "minutes": minutes, "mids": prices.tolist()}


def actions_of(steps: int, held: dict[str, str]) -> list[dict[str, Any]]:
    """Rows of final actions that symbols hold in every step."""
    first = START_MS // STEP_MS
    return [
        {"venue": "v", "symbol": symbol, "step": first + step, "final_action": action}
        for step in range(steps)
        for symbol, action in held.items()
    ]


def flow_row(step: int, symbol: str, delta_usd: float, **figures: Any) -> dict[str, Any]:
    """A row of flow in a step counted from START_MS."""
    known = {"open_interest": None, "funding_rate": None, **figures}
    head = {"venue": "v", "symbol": symbol, "step": START_MS // STEP_MS + step}
    return {**head, "delta_usd": delta_usd, **known}


def foreseen_market(hours: int, seed: int, told: bool) -> tuple[BreadthHistory, MarketMoves]:
    """A market whose restless hours are announced by takers of one side, or by nothing."""
    random = np.random.default_rng(seed)
    restless = random.random(hours) < 0.25
    scale = np.where(restless, 12.0, 2.0).repeat(60)
    moves = MarketMoves.of([mids_of(random.normal(0.0, 1.0, hours * 60) * scale)])
    symbols = [f"S{number}" for number in range(6)]
    steps_an_hour = HOUR_MS // STEP_MS
    announced = restless if told else random.permutation(restless)
    flow = []
    for hour in range(hours):
        # What the hour before looked like is known when the hour begins.
        one_sided = hour + 1 < hours and announced[hour + 1]
        signs = np.ones(6) if one_sided else np.array([1, -1, 1, -1, 1, -1])
        for step in range(hour * steps_an_hour, (hour + 1) * steps_an_hour):
            flow += [flow_row(step, s, float(sign)) for s, sign in zip(symbols, signs, strict=True)]
    return BreadthHistory.of([], flow, [], []), moves
