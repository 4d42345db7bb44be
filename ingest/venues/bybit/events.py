"""What a frame of Bybit v5 says.

Sources: https://bybit-exchange.github.io/docs/v5/websocket/public/orderbook, .../trade, .../ticker,
https://bybit-exchange.github.io/docs/v5/ws/connect.
"""

from typing import Final

import msgspec

from ingest.errors import FrameError
from ingest.venues.bybit import frames
from ingest.venues.events import BookSnapshot, DepthUpdate, Ticker, TradeUpdate
from ingest.venues.parsed import Event, Ignored, Reply
from ingest.venues.readings import (
    amount_or_none,
    check_unit,
    decoder,
    hex_number,
    number_or_none,
    run_of,
    trade_of,
)

FILLS_PER_EVENT: Final = 4_096
"""More fills than one taker order has in one frame: an id is its `seq` and its place in it."""

_book = decoder(frames.BookFrame)
_trades = decoder(list[frames.TradeEntry])
_ticker = decoder(frames.TickerFrame)


def event_of(envelope: frames.Envelope) -> Event:
    """Return the event of a topic's frame. Raises one of UNREADABLE."""
    name = envelope.topic.partition(".")[0]
    if name == "orderbook":
        return _book_event(envelope)
    if name == "publicTrade":
        return _trade_run(_trades.decode(envelope.data), envelope.sent_time)
    if name == "tickers":
        ticker = _ticker.decode(envelope.data)
        return Ticker(
            ticker.symbol,
            envelope.sent_time,
            envelope.kind == "snapshot",
            amount_or_none(ticker.open_interest),
            amount_or_none(ticker.open_interest_both),
            amount_or_none(ticker.mark_price) or None,
            number_or_none(ticker.funding_rate),
            int(amount_or_none(ticker.next_funding_time) or 0) or None,
        )
    return Ignored(name)


def _book_event(envelope: frames.Envelope) -> Event:
    book = _book.decode(envelope.data)
    time, number = envelope.matched_time or envelope.sent_time, book.update_id
    if not time:
        raise msgspec.ValidationError("it states no time")
    check_unit(time, envelope.sent_time)
    if envelope.kind == "snapshot":
        return BookSnapshot(book.symbol, time, number, book.bids, book.asks)
    if envelope.kind != "delta":
        raise msgspec.ValidationError(f"type {envelope.kind!r} is neither snapshot nor delta")
    return DepthUpdate(book.symbol, time, number, number, number - 1, book.bids, book.asks)


def _trade_run(entries: list[frames.TradeEntry], sent_time: int) -> Event:
    fills: dict[int, int] = {}
    run: list[TradeUpdate] = []
    for entry in entries:
        place = fills[entry.sequence] = fills.get(entry.sequence, -1) + 1
        if entry.is_block:
            continue
        check_unit(entry.transaction_time, sent_time)
        number = entry.sequence * FILLS_PER_EVENT + place % FILLS_PER_EVENT
        if not entry.sequence:
            # Frames before 2025 state no `seq`: the UUID is unique, though not in order.
            number = hex_number(entry.trade_id)
        trade = trade_of(number, entry.transaction_time, entry.price, entry.qty, entry.taker)
        run.append(TradeUpdate(entry.symbol, trade, beside_book=entry.is_rpi))
    return run_of(run) if run else Ignored("no trade of the book")


def reply_of(envelope: frames.Envelope) -> Event:
    """Return what an answer says. Raises FrameError."""
    if envelope.operation in ("ping", "pong"):
        return Ignored("pong")
    if envelope.success is None:
        raise FrameError("neither a topic's frame nor an answer")
    number = envelope.request_id
    known = int(number) if number.isascii() and number.isdigit() and len(number) < 10 else None
    return Reply(known, "" if envelope.success else envelope.message or "refused")
