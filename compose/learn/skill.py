"""How good forecasts are: Brier skill against the table with its interval, and reliability."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from compose.learn.hazard import RISKS
from compose.learn.samples import CODES, Floats, Ints, Samples
from dashboards.proof.intervals import FEWEST_BLOCKS, MOST_BLOCKS, blocks_of, bootstrap
from schemas.fate.model import HORIZONS_MS, FateForecast, Skill

SEED: Final = 1
BLOCK_HORIZONS: Final = 2
"""A block of time is this many horizons long."""
FEWEST_ORDERS: Final = 20
"""Orders for which a forecast has to have come true, on the training tapes and on the others."""
BINS: Final = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0)
"""Limits of the classes of a reliability table; most forecasts are small."""

Mask = npt.NDArray[np.bool_]


def place_of(forecast: FateForecast) -> tuple[int, int]:
    """Return the number of a forecast's horizon and of its risk."""
    _, risk, horizon = forecast.value.split("_")
    horizon_ms = int(horizon.removesuffix("s")) * 1_000
    return HORIZONS_MS.index(horizon_ms), [one.value for one in RISKS].index(risk)


def graded(samples: Samples, forecast: FateForecast) -> tuple[Mask, Floats]:
    """Return which samples can be graded, and of every sample whether it came true (1 or 0).

    Graded is what has its whole horizon on the tape and was not lost from view before its end;
    fates that came early count no more than those that came late.
    """
    horizon, risk = place_of(forecast)
    horizon_ms = HORIZONS_MS[horizon]
    on_time = samples.after_ms <= horizon_ms
    known = (samples.left_ms >= horizon_ms) & (
        (samples.fate > 0) | (samples.after_ms >= horizon_ms)
    )
    came = on_time & (samples.fate == CODES[RISKS[risk]])
    return known, came.astype(np.float64)


def skill_of(
    samples: Samples, forecast: FateForecast, model: Floats, table: Floats, *, is_learned: bool
) -> Skill:
    """Judge a forecast; `model` and `table` have shape (samples, horizons, risks). Without
    `is_learned` it stays off: the training tapes hold too little of it."""
    known, came = graded(samples, forecast)
    horizon, risk = place_of(forecast)
    told, by_table = model[known, horizon, risk], table[known, horizon, risk]
    truth = came[known]
    loss, table_loss = (told - truth) ** 2, (by_table - truth) ** 2
    if not len(truth) or not truth.any():
        return Skill(
            skill=None,
            low=None,
            high=None,
            is_on=False,
            brier=None,
            table_brier=None,
            samples=len(truth),
            happened=0,
            orders=0,
            blocks=0,
        )
    blocks = _blocks(samples.time_ms[known], HORIZONS_MS[horizon])
    count = int(blocks.max()) + 1
    table_brier = float(table_loss.mean())
    gain = (table_loss - loss) / table_brier
    order = np.unique(samples.order[known], return_inverse=True)[1]
    orders = len(np.unique(order[truth > 0]))
    low = high = None
    if count >= FEWEST_BLOCKS and orders >= FEWEST_ORDERS:
        # Seconds of one order belong together, and so do orders of one time: the wider one holds.
        by_time, by_order = (
            bootstrap(gain, groups, np.random.default_rng(SEED))
            for groups in (blocks, order % MOST_BLOCKS)
        )
        low = round(min(by_time.low, by_order.low), 4)
        high = round(max(by_time.high, by_order.high), 4)
    return Skill(
        skill=round(float(gain.mean()), 4),
        low=low,
        high=high,
        is_on=is_learned and low is not None and low > 0,
        brier=round(float(loss.mean()), 6),
        table_brier=round(table_brier, 6),
        samples=len(truth),
        happened=int(truth.sum()),
        orders=orders,
        blocks=count,
    )


def reliability(samples: Samples, forecast: FateForecast, model: Floats) -> list[dict[str, Any]]:
    """Return what was told against how often it came true, by class of what was told."""
    known, came = graded(samples, forecast)
    horizon, risk = place_of(forecast)
    told, truth = model[known, horizon, risk], came[known]
    place = np.clip(np.searchsorted(BINS, told, "right") - 1, 0, len(BINS) - 2)
    rows = []
    for number in range(len(BINS) - 1):
        own = place == number
        if own.any():
            rows.append(
                {
                    "from": BINS[number],
                    "to": BINS[number + 1],
                    "told": round(float(told[own].mean()), 4),
                    "came_true": round(float(truth[own].mean()), 4),
                    "samples": int(own.sum()),
                }
            )
    return rows


def _blocks(time_ms: Ints, horizon_ms: int) -> Ints:
    """Number stretches of time longer than the horizon: tapes of the same minutes share theirs."""
    return blocks_of(time_ms, BLOCK_HORIZONS * horizon_ms)
