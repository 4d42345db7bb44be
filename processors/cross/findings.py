"""Findings as signals: ids, sums and distances in one place."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log

from processors.cross.orders import OrderLife
from processors.cross.prices import Prices
from schemas.record import ALL_VENUES, symbol_key
from schemas.settings import CrossSettings
from schemas.signals import CrossFinding, CrossKind, CrossStage
from schemas.signals.pulse import OrderStep
from schemas.units import BPS

QTY_DIGITS = 12
"""Sums of doubles are rounded to 1e-12, far below any lot."""


@dataclass(frozen=True, slots=True)
class CrossScope:
    """One coin with the settings its markets are read by."""

    asset: str
    settings: CrossSettings

    @property
    def key(self) -> str:
        """The Kafka key, with which every id begins."""
        return symbol_key(ALL_VENUES, self.asset)


@dataclass(frozen=True, slots=True)
class Telling:
    """What is told of a finding beside its pieces."""

    finding_id: str
    sequence: int
    kind: CrossKind
    stage: CrossStage
    time: int
    received_us: int
    delay_ms: int
    max_qty: float


@dataclass(frozen=True, slots=True)
class Taking:
    """Taker volume on another market while a lure was pulled."""

    market: str
    since: int
    qty: float
    share: float
    usual: float
    """How many times the usual volume."""


def finding(
    scope: CrossScope,
    prices: Prices,
    telling: Telling,
    pieces: Sequence[OrderLife],
    taking: Taking | None = None,
) -> CrossFinding:
    """Return one step of a finding; the piece where it began first."""
    steps = [piece.step for piece in pieces]
    stands = total(steps, "current_qty")
    weights = [step.max_qty for step in steps]
    logs = [
        log(prices.common(piece.market, step.price))
        for piece, step in zip(pieces, steps, strict=True)
    ]
    mean = sum(w * x for w, x in zip(weights, logs, strict=True)) / sum(weights)
    mid = prices.mid()
    price = exp(mean)
    markets = [piece.market for piece in pieces]
    since = [step.first_seen for step in steps]
    if taking is not None:
        markets.append(taking.market)
        since.append(taking.since)
    return CrossFinding(
        venue=ALL_VENUES,
        symbol=scope.asset,
        event_id=f"{telling.finding_id}#{telling.sequence}",
        event_time=telling.time,
        received_us=telling.received_us,
        finding_id=telling.finding_id,
        sequence=telling.sequence,
        kind=telling.kind,
        stage=telling.stage,
        side=steps[0].side,
        price=round(price, 8),
        distance_bps=0.0 if mid is None else round(abs(mean - log(mid)) * BPS, 4),
        spread_bps=round((max(logs) - min(logs)) * BPS, 4),
        markets=markets,
        order_ids=[step.order_id for step in steps],
        prices=[step.price for step in steps],
        quantities=[step.current_qty for step in steps],
        max_quantities=[step.max_qty for step in steps],
        since=since,
        delay_ms=telling.delay_ms,
        initial_qty=total(steps, "initial_qty"),
        added_qty=total(steps, "added_qty"),
        traded_qty=total(steps, "traded_qty"),
        cancelled_qty=total(steps, "cancelled_qty"),
        unexplained_qty=total(steps, "unexplained_qty"),
        current_qty=stands,
        max_qty=telling.max_qty,
        value_usd=round((stands or telling.max_qty) * price, 6),
        taken_qty=0.0 if taking is None else round(taking.qty, QTY_DIGITS),
        taken_share=0.0 if taking is None else round(taking.share, 6),
        taken_usual=0.0 if taking is None else round(taking.usual, 6),
        tolerance_ms=scope.settings.tolerance_ms,
    )


def total(steps: Sequence[OrderStep], name: str) -> float:
    """Return the sum of a quantity over pieces, base."""
    amounts: list[float] = [getattr(step, name) for step in steps]
    return round(sum(amounts), QTY_DIGITS)


def same_size(one: float, other: float, tolerance: float) -> bool:
    """Tell whether two quantities are the same up to a share of the first."""
    return abs(other - one) <= tolerance * one
