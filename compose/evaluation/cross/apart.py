"""The negative control: the same captures against each other, each moved to another time.

Markets that are seconds to minutes apart have nothing to do with each other, so whatever is told of
them together happened by chance. That gives hours of real tape where the captures at one time give
minutes. It is the same tape again and again: a pull and a burst that meet once may meet in several
shifts, so the interval is drawn over blocks of neighbouring shifts and not over alerts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import permutations
from math import log
from typing import Any, Final

import numpy as np

from compose.cross import CrossReplay
from compose.evaluation.cross.run import LEAD_MS, Say
from schemas.settings import CrossSettings
from schemas.signals import Alert, CrossFinding
from schemas.signals.pulse import MarketPulse, OrderStep
from schemas.units import HOUR_MS, SECOND_MS

SHIFTS_S: Final = range(7, 91, 4)
"""Between two markets; among three the outer two are twice as far apart: 7 to 178 s."""
BLOCK: Final = 3
"""Neighbouring shifts that are drawn together."""
RESAMPLES: Final = 2_000
SEED: Final = 1
LEVEL: Final = 0.05

Pulses = Mapping[str, Sequence[MarketPulse]]


@dataclass(frozen=True, slots=True)
class Apart:
    """What was told of one shift."""

    block: int
    hours: float
    """In which all markets had a tape, basis and usual volume known."""
    kinds: Counter[str]
    """Findings by kind."""
    alerts: int


def apart(tapes: Pulses, settings: CrossSettings, say: Say) -> list[Apart]:
    """Return what is told at every shift, each market once in each place of the order of time."""
    found: list[Apart] = []
    orders = list(permutations(sorted(tapes)))
    for number, shift_s in enumerate(SHIFTS_S):
        say(f"negative control: shift {number + 1} of {len(SHIFTS_S)}")
        for order in orders:
            moved = {
                market: [moved_by(pulse, place * shift_s * SECOND_MS) for pulse in tapes[market]]
                for place, market in enumerate(order)
            }
            found.append(_told(moved, settings, number // BLOCK))
    return found


def moved_by(pulse: MarketPulse, by_ms: int) -> MarketPulse:
    """Return a pulse as if all of it had happened later."""
    return pulse.model_copy(
        update={
            "event_time": pulse.event_time + by_ms,
            "orders": [_step_moved(step, by_ms) for step in pulse.orders],
        }
    )


def apart_figures(found: Sequence[Apart]) -> dict[str, Any]:
    """Return hours, findings and the rate of alerts with a 95 % interval.

    The upper end is at least that of so many independent alerts (Poisson, for none: 3.0 in all).
    """
    hours = sum(one.hours for one in found)
    alerts = sum(one.alerts for one in found)
    kinds: Counter[str] = Counter()
    for one in found:
        kinds.update(one.kinds)
    low, high = _drawn(found)
    return {
        "hours": round(hours, 2),
        "alerts": alerts,
        "an_hour": round(alerts / hours, 3),
        "low": round(low, 3),
        "high": round(max(high, -log(LEVEL) / hours), 3),
        "findings": dict(sorted(kinds.items())),
    }


def _drawn(found: Sequence[Apart]) -> tuple[float, float]:
    """Return the 95 % interval of the rate, blocks of shifts drawn with replacement."""
    blocks = sorted({one.block for one in found})
    sums = np.array(
        [
            [
                sum(o.alerts for o in found if o.block == b),
                sum(o.hours for o in found if o.block == b),
            ]
            for b in blocks
        ]
    )
    random = np.random.default_rng(SEED)
    drawn = sums[random.integers(0, len(blocks), size=(RESAMPLES, len(blocks)))].sum(axis=1)
    low, high = np.percentile(drawn[:, 0] / drawn[:, 1], (2.5, 97.5))
    return float(low), float(high)


def _told(tapes: Pulses, settings: CrossSettings, block: int) -> Apart:
    begin = max(pulses[0].event_time for pulses in tapes.values()) + LEAD_MS
    end = min(pulses[-1].event_time for pulses in tapes.values())
    replay = CrossReplay(settings, tapes)
    kinds: Counter[str] = Counter()
    alerts = 0
    for pulse in _in_order(tapes):
        for signal in replay.take(pulse):
            if not begin <= signal.event_time <= end:
                continue
            if isinstance(signal, CrossFinding) and signal.sequence == 0:
                kinds[signal.kind.value] += 1
            alerts += isinstance(signal, Alert)
    return Apart(block, max(0, end - begin) / HOUR_MS, kinds, alerts)


def _in_order(tapes: Pulses) -> Iterator[MarketPulse]:
    everything = [pulse for pulses in tapes.values() for pulse in pulses]
    yield from sorted(everything, key=lambda pulse: (pulse.event_time, pulse.market))


def _step_moved(step: OrderStep, by_ms: int) -> OrderStep:
    return replace(
        step,
        event_time=step.event_time + by_ms,
        first_seen=step.first_seen + by_ms,
        closed_at=None if step.closed_at is None else step.closed_at + by_ms,
    )
