"""Any quantity is a whole number of lots, whatever its size and the order of arrival."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from processors.engine.book.lot import Lot
from processors.engine.engine import MarketEngine
from schemas.signals import FlowBar, LargeOrderEvent, Signal
from tests.property.quantities.one_bid import EVERYTHING, change, first_book, sale

QUANTITIES = st.builds(
    lambda digits, exponent: float(f"{digits}e{exponent}"),
    st.integers(1, 10**15 - 1),
    st.integers(-18, 3),
)
PRICES = st.builds(
    lambda digits, exponent: float(f"{digits}e{exponent}"), st.integers(1, 999), st.integers(-11, 6)
)


@given(st.lists(QUANTITIES, min_size=1))
def test_quantities_come_back_and_their_sums_are_exact(quantities: list[float]) -> None:
    lot, total, exact = Lot(), 0, Decimal(0)
    for qty in quantities:
        total *= lot.refine(qty)
        total += lot.units(qty)
        exact += Decimal(repr(qty))
        assert lot.qty(lot.units(qty)) == qty
    assert Decimal(total).scaleb(-lot.digits) == exact or len(str(total)) > 28


def run(price: float, quantities: list[float], *, restart: bool) -> list[Signal]:
    """Change one bid to each quantity in turn, with a trade of that size before each change."""
    engine = MarketEngine("v", "AAA", EVERYTHING)
    signals = engine.apply(first_book(price, max(quantities)), 0)
    for number, qty in enumerate(quantities):
        signals += engine.apply(change(number, price, qty), 1 + number)
        signals += engine.apply(sale(number, price, qty, known_after_ms=100), number)
        if restart:
            engine = MarketEngine.load(engine.dump(), EVERYTHING)
    return signals


@given(PRICES, st.lists(QUANTITIES, min_size=1, max_size=6))
def test_bars_and_walls_of_any_size_survive_restarts(price: float, quantities: list[float]) -> None:
    signals = run(price, quantities, restart=False)
    assert run(price, quantities, restart=True) == signals
    for signal in signals:
        if isinstance(signal, FlowBar) and signal.interval_ms == 1_000 and signal.trade_count == 1:
            assert signal.sell_qty in quantities
        if isinstance(signal, LargeOrderEvent):
            parts = (signal.initial_qty, signal.added_qty)
            gone = (signal.traded_qty, signal.cancelled_qty)
            left = sum(map(Fraction, parts)) - sum(map(Fraction, gone))
            # Each figure is the nearest double of an exact number of lots.
            assert abs(left - Fraction(signal.current_qty)) <= Fraction(max(*parts, *gone)) / 2**50
