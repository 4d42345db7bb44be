"""An order that leaves the window of levels which a venue shows is out of view: it is not gone."""

from __future__ import annotations

import json
from typing import Any, Final, Protocol

import pytest

from ingest.venues.bybit.linear import BybitLinear
from ingest.venues.okx.swap import OkxSwap
from processors.engine.engine import MarketEngine
from processors.engine.orders.view import LOST_VIEW_MS
from schemas.instrument import Instrument, MarketKind, named_instrument
from schemas.market import AnyDepth, DepthHeartbeat, Trades
from schemas.settings import EngineSettings, IngestSettings
from schemas.signals import CloseReason, LargeOrderEvent, OrderEventKind, OrderState
from tests.support.markets.one_feed import OneFeed

WALL: Final = 1_000
"""Size of the one large order, lots of the venue."""
TOP: Final = 100_000
"""Best bid, quote currency; bids stand two apart."""
START_MS: Final = 1_700_000_000_000
STEP_MS: Final = 1_000
SETTINGS: Final = EngineSettings.model_validate(
    {"threshold": {"mode": "absolute", "absolute_usd": 1_000_000.0}}
)
Levels = dict[int, int]
"""Lots by price."""


class Dialect(Protocol):
    """A venue's protocol: how many levels it shows, and how it writes them."""

    symbol: str
    levels: int

    def feed(self) -> OneFeed: ...

    def frame(self, kind: str, number: int, time: int, bids: Levels, asks: Levels) -> bytes: ...


class Bybit:
    """`orderbook.200`: a deletion has size 0, each delta the next `u`."""

    symbol = "BTCUSDT"
    levels = 200

    def feed(self) -> OneFeed:
        venue = BybitLinear(IngestSettings(venue="bybit_linear", snapshot_limit=self.levels))
        return OneFeed(venue, self.symbol)

    def frame(self, kind: str, number: int, time: int, bids: Levels, asks: Levels) -> bytes:
        sides = {
            name: [[str(price), str(qty)] for price, qty in side.items()]
            for name, side in (("b", bids), ("a", asks))
        }
        document = {
            "topic": f"orderbook.{self.levels}.{self.symbol}",
            "type": "snapshot" if kind == "whole" else "delta",
            "ts": time,
            "cts": time,
            "data": {"s": self.symbol, "u": number + 1, "seq": number, **sides},
        }
        return json.dumps(document).encode()


class Okx:
    """`books`: 400 levels in contracts, each update names the one before."""

    symbol = "BTC-USDT-SWAP"
    levels = 400

    def feed(self) -> OneFeed:
        venue = OkxSwap(IngestSettings(venue="okx_swap"))
        unit: Instrument = named_instrument(venue.name, self.symbol, MarketKind.LINEAR, 1.0)
        return OneFeed(venue, self.symbol, unit)

    def frame(self, kind: str, number: int, time: int, bids: Levels, asks: Levels) -> bytes:
        data: dict[str, Any] = {
            name: [[str(price), str(qty), "0", "1"] for price, qty in side.items()]
            for name, side in (("bids", bids), ("asks", asks))
        }
        before = -1 if kind == "whole" else 10 * (number - 1)
        data |= {"ts": str(time), "checksum": 0, "seqId": 10 * number, "prevSeqId": before}
        document = {
            "arg": {"channel": "books", "instId": self.symbol},
            "action": "snapshot" if kind == "whole" else "update",
            "data": [data],
        }
        return json.dumps(document).encode()


DIALECTS: Final = (Bybit(), Okx())


class Market:
    """A book of which the venue shows the best levels, its feed, and what the engine says."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect, self._feed = dialect, dialect.feed()
        self._engine = MarketEngine("v", "S", SETTINGS)
        self._number = self._offset = 0
        self._now = START_MS
        self.wall = TOP - 2 * (dialect.levels - 1)
        """Price of the wall: the outermost bid that is shown at first. One more stands behind."""
        self._bids: Levels = {TOP - 2 * place: 1 for place in range(dialect.levels + 1)}
        self._bids[self.wall] = WALL
        self._asks: Levels = {TOP + 1 + place: 1 for place in range(dialect.levels)}
        self._shown = self._show()
        self.events: list[LargeOrderEvent] = []
        self._send("whole", *self._shown)

    def set(self, price: int, qty: int) -> None:
        """Change a bid without telling."""
        self._bids.pop(price, None)
        if qty:
            self._bids[price] = qty

    def pass_time(self, seconds: int = 1) -> None:
        """Send what has changed in view, and a sign of life of another level each second."""
        for _ in range(seconds):
            self._now += STEP_MS
            self._asks[TOP + 1] = 3 - self._asks[TOP + 1]
            before, self._shown = self._shown, self._show()
            self._send("change", *(_delta(*both) for both in zip(before, self._shown, strict=True)))

    def hide(self) -> None:
        """Push the wall out of view by one more bid above it."""
        self.set(TOP - 1, 1)
        self.pass_time(3)
        assert self.wall not in self._shown[0]

    def show_again(self) -> None:
        """Take that bid away."""
        self.set(TOP - 1, 0)
        self.pass_time(3)

    @property
    def order(self) -> LargeOrderEvent:
        """The newest that was told of the wall."""
        return [event for event in self.events if event.price == self.wall][-1]

    def _show(self) -> tuple[Levels, Levels]:
        best = self._dialect.levels
        bids = sorted(self._bids, reverse=True)[:best]
        asks = sorted(self._asks)[:best]
        return {price: self._bids[price] for price in bids}, {p: self._asks[p] for p in asks}

    def _send(self, kind: str, bids: Levels, asks: Levels) -> None:
        self._number += 1
        done = len(self._feed.records)
        self._feed.take([self._dialect.frame(kind, self._number, self._now, bids, asks)])
        told: list[AnyDepth] = [
            one for one in self._feed.records[done:] if isinstance(one, AnyDepth)
        ]
        until = self._now + STEP_MS // 2
        told.append(DepthHeartbeat(venue="v", symbol="S", received_us=0, event_time=until))
        quiet = Trades(venue="v", symbol="S", received_us=0, watermark=until, trades=[])
        for record in (*told, quiet):
            self._offset += 1
            moved = record.model_copy(update={"venue": "v", "symbol": "S"})
            signals = self._engine.apply(moved, self._offset)
            self.events += [signal for signal in signals if isinstance(signal, LargeOrderEvent)]
        # A worker that starts anew in between goes on the same.
        self._engine = MarketEngine.load(self._engine.dump(), SETTINGS)


def _delta(before: Levels, after: Levels) -> Levels:
    """Return what the venue sends: what left the window has size 0, as what is gone."""
    changed = {price: qty for price, qty in after.items() if before.get(price) != qty}
    return changed | {price: 0 for price in before if price not in after}


@pytest.fixture(params=DIALECTS, ids=lambda dialect: type(dialect).__name__)
def market(request: pytest.FixtureRequest) -> Market:
    """A market whose wall is the outermost bid in view, and has been told of."""
    market = Market(request.param)
    market.pass_time(3)
    assert (market.order.state, market.order.current_qty) == (OrderState.OPEN, WALL)
    return market


def parts(order: LargeOrderEvent) -> tuple[float, ...]:
    """Return what was traded, cancelled, unexplained, and what stands."""
    gone = order.traded_qty, order.cancelled_qty, order.unexplained_qty
    assert order.initial_qty + order.added_qty - sum(gone) == order.current_qty
    return (*gone, order.current_qty)


def test_in_view_a_deletion_is_a_cancel(market: Market) -> None:
    market.set(market.wall, 0)
    market.pass_time()
    assert market.order.close_reason is CloseReason.CANCELLED
    assert parts(market.order) == (0, WALL, 0, 0)


def test_an_order_that_comes_back_as_it_was_goes_on_where_it_left(market: Market) -> None:
    before = len(market.events)
    market.hide()
    assert market.events[before:] == []
    market.pass_time(LOST_VIEW_MS // STEP_MS // 2)
    assert market.events[before:] == [], "nobody sees whether it persists"
    market.show_again()
    assert [event.kind for event in market.events[before:]] == [OrderEventKind.PERSISTENT]
    assert parts(market.order) == (0, 0, 0, WALL)
    market.set(market.wall, 0)
    market.pass_time()
    assert market.order.close_reason is CloseReason.CANCELLED


def test_what_it_lost_out_of_view_is_unexplained(market: Market) -> None:
    market.hide()
    market.set(market.wall, WALL - 300)
    market.pass_time()
    market.show_again()
    assert market.order.state is not OrderState.CLOSED
    assert parts(market.order) == (0, 0, 300, WALL - 300)


def test_one_that_is_not_there_when_its_price_is_back_in_view_was_lost(market: Market) -> None:
    market.hide()
    market.set(market.wall, 0)
    market.pass_time()
    assert market.order.state is not OrderState.CLOSED
    market.show_again()
    assert market.order.close_reason is CloseReason.LOST_VIEW
    assert parts(market.order) == (0, 0, WALL, 0)
    assert not market.order.is_spoof


def test_one_that_stays_away_is_followed_no_more_and_may_come_back(market: Market) -> None:
    market.hide()
    market.pass_time(LOST_VIEW_MS // STEP_MS + 1)
    assert market.order.close_reason is CloseReason.LOST_VIEW
    assert parts(market.order) == (0, 0, 0, WALL)
    ended = market.order.order_id
    market.pass_time(60)
    assert market.order.order_id == ended, "it was taken up again while nobody saw it"
    market.show_again()
    market.pass_time(60)
    assert market.order.order_id != ended
    assert not market.order.birth_known


def test_one_that_came_out_of_view_has_an_unknown_birth(market: Market) -> None:
    market.set(market.wall, 1)
    market.pass_time()
    market.hide()
    market.set(market.wall, WALL)
    market.pass_time(5)
    market.show_again()
    assert (market.order.current_qty, market.order.birth_known) == (WALL, False)
