"""Contracts are whole numbers from the frame to the signal: their sums are those of integers."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import NamedTuple

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from processors.engine.engine import MarketEngine
from schemas.instrument import Instrument, MarketKind, named_instrument
from schemas.market import DepthHeartbeat, Trades
from schemas.signals import FlowBar, LargeOrderEvent, Signal
from tests.property.quantities.one_bid import EVERYTHING, HEAD, change, first_book, sale


class Market(NamedTuple):
    """A market that counts in contracts."""

    instrument: Instrument
    tick: str

    def price(self, ticks: int) -> float:
        """Return the price of so many ticks, as a venue's decimal string reads."""
        return float(Fraction(self.tick) * ticks)

    def qty(self, lots: int, price: float) -> float:
        """Return so many lots as ingest publishes them, base quantity."""
        contracts = float(Fraction(repr(self.instrument.lot)) * lots)
        return self.instrument.base_qty(contracts, price)


def market(venue: str, symbol: str, kind: MarketKind, size: float, lot: float, tick: str) -> Market:
    """Return a market by its units."""
    named = named_instrument(venue, symbol, kind, size)
    return Market(named.model_copy(update={"lot": lot}), tick)


MARKETS = {
    "COIN-M BTC": market("binance_coinm", "BTCUSD_PERP", MarketKind.INVERSE, 100.0, 1.0, "0.1"),
    "COIN-M ETH": market("binance_coinm", "ETHUSD_PERP", MarketKind.INVERSE, 10.0, 1.0, "0.01"),
    "OKX BTC": market("okx_swap", "BTC-USDT-SWAP", MarketKind.LINEAR, 0.01, 0.01, "0.1"),
    "OKX ETH": market("okx_swap", "ETH-USDT-SWAP", MarketKind.LINEAR, 0.1, 0.01, "0.01"),
    "OKX PEPE": market("okx_swap", "PEPE-USDT-SWAP", MarketKind.LINEAR, 1e7, 0.1, "0.000000001"),
}
LOTS = st.integers(1, 10**7)
TICKS = st.integers(1_000, 2_000_000)
STEPS = st.lists(st.tuples(st.integers(0, 10**7), st.integers(0, 10**7)), min_size=1, max_size=8)
"""What stands after each second, and what takers took in it, lots."""


def lived(
    price: float, qty: Callable[[int], float], first: int, steps: Sequence[tuple[int, int]]
) -> list[Signal]:
    """Return what the engine says of one bid, whose sizes are given in lots."""
    engine = MarketEngine("v", "AAA", EVERYTHING)
    signals = engine.apply(first_book(price, qty(first)), 0)
    for number, (stands, taken) in enumerate(steps):
        signals += engine.apply(sale(number, price, qty(taken) if taken else 0.0), number)
        signals += engine.apply(change(number, price, qty(stands) if stands else 0.0), 1 + number)
    end = 3_500 + len(steps) * 1_000
    signals += engine.apply(Trades(**HEAD, watermark=end, trades=[]), len(steps))
    signals += engine.apply(DepthHeartbeat(**HEAD, event_time=end), 1 + len(steps))
    return signals


def parts_of(order: LargeOrderEvent) -> tuple[float, ...]:
    """Return what an order is the sum of, and what is left."""
    return (
        order.initial_qty,
        order.added_qty,
        order.traded_qty,
        order.cancelled_qty,
        order.unexplained_qty,
        order.current_qty,
        order.max_qty,
    )


@pytest.mark.parametrize("name", MARKETS)
@given(ticks=TICKS, first=LOTS, steps=STEPS)
def test_an_order_is_the_same_whole_contracts_as_if_the_engine_counted_them(
    name: str, ticks: int, first: int, steps: list[tuple[int, int]]
) -> None:
    """The same life in lots and in base quantity: each part is that whole number of lots, and they
    add up as integers do."""
    traded = MARKETS[name]
    price = traded.price(ticks)
    counted = lived(price, float, first, steps)
    told = lived(price, lambda lots: traded.qty(lots, price), first, steps)
    in_lots = [s for s in counted if isinstance(s, LargeOrderEvent) and s.levels == 1]
    in_base = [s for s in told if isinstance(s, LargeOrderEvent) and s.levels == 1]
    assume(in_lots)
    assert [(s.kind, s.sequence) for s in in_base] == [(s.kind, s.sequence) for s in in_lots]
    for ours, exact in zip(in_base, in_lots, strict=True):
        lots = [traded.instrument.lots(part, price) for part in parts_of(ours)]
        assert lots == list(parts_of(exact))
        initial, added, taken, cancelled, unexplained, current, _ = lots
        assert initial + added - taken - cancelled - unexplained == current


@pytest.mark.parametrize("name", [name for name in MARKETS if name.startswith("OKX")])
@given(ticks=TICKS, taken=st.lists(LOTS, min_size=1, max_size=20))
def test_volumes_of_contracts_of_coins_add_up_exactly(
    name: str, ticks: int, taken: list[int]
) -> None:
    """A contract of coins is a decimal: a sum is the nearest double of the exact one."""
    traded = MARKETS[name]
    price = traded.price(ticks)
    unit = traded.instrument
    size = Fraction(repr(unit.contract_size)) * Fraction(repr(unit.lot))
    steps = [(10**8, lots) for lots in taken]
    bars = [
        signal
        for signal in lived(price, lambda lots: traded.qty(lots, price), 10**8, steps)
        if isinstance(signal, FlowBar)
    ]
    assert bars
    totals = {float(sum(taken[:count]) * size) for count in range(len(taken) + 1)}
    assert {-bar.cvd_qty for bar in bars if bar.interval_ms == 1_000} >= totals - {0.0}
