"""What Binance's payloads say, as events."""

from typing import Final

import msgspec

from ingest.venues.binance.frames import (
    AggTradeFrame,
    BookTickerFrame,
    DepthFrame,
    MarkPriceFrame,
    Payload,
    SpotDepthFrame,
    SpotPayload,
    SpotTickerFrame,
    TradeFrame,
)
from ingest.venues.events import DepthUpdate, MarkPrice, SkippedTrade, TopOfBook, TradeUpdate
from ingest.venues.parsed import Event
from ingest.venues.readings import check_unit, number_or_none
from schemas.market import TakerSide, Trade

TRADE_FRAMES: Final = (AggTradeFrame, TradeFrame)
BUY: Final = TakerSide.BUY
SELL: Final = TakerSide.SELL


def trade_event(payload: AggTradeFrame | TradeFrame) -> tuple[Event, int]:
    """Return the trade of a payload and the newest time stated. Raises msgspec.ValidationError."""
    time, price, qty = payload.transaction_time, payload.price, payload.qty
    stated_time = max(time, payload.sent_time)
    check_unit(time, payload.sent_time)
    if isinstance(payload, TradeFrame) and payload.kind != "MARKET":
        # Insurance fund and auto-deleveraging; aggTrade excludes them as well.
        return SkippedTrade(payload.symbol, payload.trade_id, time), stated_time
    if price <= 0 or qty <= 0:
        raise msgspec.ValidationError("price and quantity of a trade must be above 0")
    # m: the buyer is the maker, hence the taker sells.
    taker = SELL if payload.maker_is_buyer else BUY
    # Made without the calls of their constructors: most of what a trade costs here.
    trade = tuple.__new__(Trade, (payload.trade_id, time, price, qty, taker))
    return tuple.__new__(TradeUpdate, (payload.symbol, trade, 1, False)), stated_time


def futures_event(payload: Payload) -> tuple[Event, int]:
    """Return the event of a futures payload and the newest time stated, ms. Raises
    msgspec.ValidationError."""
    if isinstance(payload, TRADE_FRAMES):
        return trade_event(payload)
    if isinstance(payload, DepthFrame):
        if payload.first_id > payload.last_id:
            raise msgspec.ValidationError(f"U {payload.first_id} is above u {payload.last_id}")
        check_unit(payload.transaction_time, payload.sent_time)
        update = DepthUpdate(
            payload.symbol,
            payload.transaction_time,
            payload.first_id,
            payload.last_id,
            payload.prev_id,
            payload.bids,
            payload.asks,
        )
        return update, max(payload.transaction_time, payload.sent_time)
    if isinstance(payload, MarkPriceFrame):
        mark = MarkPrice(
            payload.symbol,
            payload.sent_time,
            payload.mark_price,
            number_or_none(payload.funding_rate),
            payload.next_funding_time or None,
        )
        return mark, payload.sent_time
    return _futures_top(payload), payload.transaction_time


def _futures_top(payload: BookTickerFrame) -> TopOfBook:
    return TopOfBook(
        payload.symbol,
        payload.transaction_time,
        payload.update_id,
        payload.bid,
        payload.bid_qty,
        payload.ask,
        payload.ask_qty,
    )


def spot_event(payload: SpotPayload) -> tuple[Event, int]:
    """Return the event of a spot payload and the newest time stated, ms. Raises
    msgspec.ValidationError."""
    if isinstance(payload, SpotDepthFrame):
        return _spot_update(payload), payload.sent_time
    return trade_event(payload)


def _spot_update(frame: SpotDepthFrame) -> DepthUpdate:
    if frame.first_id > frame.last_id:
        raise msgspec.ValidationError(f"U {frame.first_id} is above u {frame.last_id}")
    return DepthUpdate(
        frame.symbol,
        frame.sent_time,
        frame.first_id,
        frame.last_id,
        frame.first_id - 1,
        frame.bids,
        frame.asks,
    )


def spot_top(frame: SpotTickerFrame) -> TopOfBook:
    """Return the best bid and ask of a ticker, which states no time."""
    return TopOfBook(
        frame.symbol,
        0,
        frame.update_id,
        frame.bid,
        frame.bid_qty,
        frame.ask,
        frame.ask_qty,
    )
