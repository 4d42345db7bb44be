"""Pulses of a few markets of one coin, as a story tells them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from processors.cross import CrossEngine
from schemas.record import split_key
from schemas.settings import CrossSettings
from schemas.signals import (
    Classification,
    CloseReason,
    CrossFinding,
    FinalAction,
    OrderEventKind,
    Side,
    Signal,
    Tier,
)
from schemas.signals.pulse import SLICE_MS, SLICES, MarketPulse, OrderStep

START: Final = 1_700_000_000_000
PERP: Final = "binance_usdm:BTCUSDT"
SPOT: Final = "binance_spot:BTCUSDT"
MARKETS: Final = (SPOT, PERP)
MIDS: Final = {PERP: 60_000.0, SPOT: 60_030.0}
"""Spot stands 5 bps above the perpetual."""


def step(
    market: str,
    side: Side,
    price: float,
    qty: float,
    since: int,
    *,
    closed: int | None = None,
    traded: float = 0.0,
    sequence: int = 0,
    reason: CloseReason = CloseReason.CANCELLED,
    birth_known: bool = True,
) -> OrderStep:
    """Return a step of an order; times in ms after the start."""
    is_closed = closed is not None
    cancelled = qty - traded if is_closed else 0.0
    return OrderStep(
        order_id=f"{market}:{side.value}:{price}:{START + since}",
        sequence=sequence,
        event_time=START + (since + 250 if closed is None else closed),
        kind=OrderEventKind.CLOSED if is_closed else OrderEventKind.OPENED,
        side=side,
        price=price,
        first_seen=START + since,
        closed_at=None if closed is None else START + closed,
        close_reason=reason if is_closed else None,
        birth_known=birth_known,
        tier=Tier.LARGE,
        initial_qty=qty,
        current_qty=qty - traded - cancelled,
        max_qty=qty,
        added_qty=0.0,
        traded_qty=traded,
        cancelled_qty=cancelled,
        unexplained_qty=0.0,
        fill_max=traded / qty,
        classification=Classification.UNKNOWN,
        spoof_probability=0.0,
        threshold_usd=1_000_000.0,
        chain_length=1,
    )


@dataclass(slots=True)
class Story:
    """What happens on the markets; told second by second."""

    seconds: int = 30
    steps: list[tuple[str, OrderStep]] = field(default_factory=list)
    takers: list[tuple[str, int, float, float]] = field(default_factory=list)
    """(market, ms after the start, bought, sold), base."""
    actions: dict[str, FinalAction] = field(default_factory=dict)
    usual: float = 0.01
    """Bought and sold in every 100 ms of every market, base."""
    markets: tuple[str, ...] = MARKETS

    def order(
        self, market: str, side: Side, price: float, qty: float, since: int, until: int | None
    ) -> None:
        """An order that stands from `since` to `until` (ms after the start) and is pulled."""
        opened = step(market, side, price, qty, since)
        self.steps.append((market, opened))
        if until is not None:
            closed = step(market, side, price, qty, since, closed=until, sequence=1)
            self.steps.append((market, closed))

    def pulses(self, market: str) -> Iterator[MarketPulse]:
        """Yield the pulses of a market."""
        venue, symbol = split_key(market)
        for number in range(self.seconds):
            begin, end = START + number * 1_000, START + (number + 1) * 1_000
            buys, sells = [self.usual] * SLICES, [self.usual] * SLICES
            for where, at, bought, sold in self.takers:
                if where == market and number * 1_000 <= at < (number + 1) * 1_000:
                    buys[(START + at - begin) // SLICE_MS] += bought
                    sells[(START + at - begin) // SLICE_MS] += sold
            mid = MIDS.get(market, 60_000.0)
            yield MarketPulse(
                venue=venue,
                symbol=symbol,
                event_time=end,
                received_us=end * 1_000,
                delay_ms=5.0,
                mids=[mid] * SLICES,
                buy_qty=buys,
                sell_qty=sells,
                buy_usd=sum(buys) * mid,
                sell_usd=sum(sells) * mid,
                cvd_qty=float(number),
                cvd_usd=number * mid,
                open_interest=1_000.0 if "usdm" in market else None,
                final_action=self.actions.get(market, FinalAction.UNKNOWN),
                buy_score=3.0 if self.actions.get(market) is FinalAction.ACCUMULATE else 0.0,
                sell_score=3.0 if self.actions.get(market) is FinalAction.DISTRIBUTION else 0.0,
                orders=[
                    replace(one)
                    for where, one in self.steps
                    if where == market and begin <= one.event_time < end
                ],
            )

    def told(self, settings: CrossSettings | None = None) -> list[Signal]:
        """Return what the engine makes of the story."""
        patient = settings or CrossSettings(max_wait_ms=None)
        engine = CrossEngine("BTC", patient, self.markets)
        out: list[Signal] = []
        streams = [list(self.pulses(market)) for market in self.markets]
        log = sorted((p for stream in streams for p in stream), key=lambda p: p.event_time)
        for offset, pulse in enumerate(log):
            out += engine.apply(pulse, offset)
        return out

    def findings(self, settings: CrossSettings | None = None) -> list[CrossFinding]:
        """Return the findings alone."""
        return [one for one in self.told(settings) if isinstance(one, CrossFinding)]
