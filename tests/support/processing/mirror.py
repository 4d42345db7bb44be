"""A second market of a coin that repeats what a first one does, a little later."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from processors.cross import CrossEngine
from schemas.record import symbol_key
from schemas.settings import CrossSettings
from schemas.signals import Alert, Signal
from schemas.signals.pulse import SLICE_MS, MarketPulse

MIRROR: Final = "binance_spot"
LATER_MS: Final = SLICE_MS
"""By how much everything is later on the second market."""
SLOWER_MS: Final = 3.0


def told_with_mirror(pulses: Sequence[MarketPulse]) -> Iterator[Signal]:
    """Yield what a market and its mirror say together, without alerts."""
    first = pulses[0]
    markets = (first.market, symbol_key(MIRROR, first.symbol))
    engine = CrossEngine(first.asset, CrossSettings(max_wait_ms=None), markets)
    last: float | None = None
    for number, pulse in enumerate(pulses):
        mirrored = _mirrored(pulse, last)
        last = pulse.mids[-1]
        for place, one in enumerate((pulse, mirrored)):
            for signal in engine.apply(one, 2 * number + place):
                if not isinstance(signal, Alert):
                    yield signal


def _mirrored(pulse: MarketPulse, before: float | None) -> MarketPulse:
    orders = [
        replace(
            step,
            order_id=step.order_id.replace(pulse.venue, MIRROR, 1),
            first_seen=step.first_seen + LATER_MS,
            closed_at=None if step.closed_at is None else step.closed_at + LATER_MS,
        )
        for step in pulse.orders
    ]
    return pulse.model_copy(
        update={
            "venue": MIRROR,
            "mids": [before, *pulse.mids[:-1]],
            "delay_ms": None if pulse.delay_ms is None else pulse.delay_ms + SLOWER_MS,
            "open_interest": None,
            "orders": orders,
        }
    )
