"""The engine on the real capture: conservation at every event, no lure where there is none."""

import pytest

from ingest.offline import market_records
from processors.engine.book.lot import Lot
from processors.engine.engine import MarketEngine
from schemas.control import DeadLetter
from schemas.market import OpenInterest, Trades
from schemas.settings import Settings
from schemas.signals import FlowBar, LargeOrderEvent, OrderEventKind, Signal
from tests.support.markets.captures import CAPTURE

LOT = Lot(8)

pytestmark = [
    pytest.mark.capture,
    pytest.mark.skipif(not CAPTURE.exists(), reason=f"the capture {CAPTURE} is absent"),
]


@pytest.fixture(scope="module")
def signals() -> list[Signal]:
    settings = Settings()
    engine = MarketEngine("binance_usdm", "BTCUSDT", settings.engine)
    offsets = {"depth": 0, "trades": 0}
    out: list[Signal] = []
    for record in market_records(CAPTURE, settings):
        assert not isinstance(record, DeadLetter | OpenInterest)
        topic = "trades" if isinstance(record, Trades) else "depth"
        out += engine.apply(record, offsets[topic])  # type: ignore[arg-type]
        offsets[topic] += 1
    assert engine.gaps == 0
    return out


@pytest.fixture(scope="module")
def orders(signals: list[Signal]) -> list[LargeOrderEvent]:
    return [signal for signal in signals if isinstance(signal, LargeOrderEvent)]


def test_quantity_is_conserved_at_every_event(orders: list[LargeOrderEvent]) -> None:
    assert len(orders) > 100
    for event in orders:
        kept = LOT.units(event.initial_qty) + LOT.units(event.added_qty)
        left = kept - LOT.units(event.traded_qty) - LOT.units(event.cancelled_qty)
        assert left == LOT.units(event.current_qty), event.event_id


def test_the_walls_that_were_eaten_are_swept_and_only_untraded_ones_are_called_lures(
    orders: list[LargeOrderEvent],
) -> None:
    closed = [event for event in orders if event.kind is OrderEventKind.CLOSED]
    assert closed
    lures = [event for event in closed if event.is_spoof]
    assert all(event.fill_max < 0.2 and event.lifetime_ms < 3_000 for event in lures)
    assert all(event.fill_ratio > 0.5 for event in closed if event.close_reason == "filled")


def test_every_trade_is_in_a_bar(signals: list[Signal]) -> None:
    bars = [s for s in signals if isinstance(s, FlowBar) and s.interval_ms == 1_000]
    assert sum(bar.trade_count for bar in bars) == 21_313
    assert sum(bar.late_trades for bar in bars) == 0
    assert bars[-1].cvd_qty == pytest.approx(73.786, abs=1e-9)
