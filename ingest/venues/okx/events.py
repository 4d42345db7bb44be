"""What a frame of OKX v5 says.

Source: https://www.okx.com/docs-v5/en/ (Order book channel, Trades channel, Open interest channel,
Mark price channel, Funding rate channel, Notification).
"""

from typing import Final, TypeVar

import msgspec

from ingest.errors import FrameError
from ingest.venues.events import BookSnapshot, DepthUpdate, Ticker, TradeUpdate
from ingest.venues.okx import frames
from ingest.venues.parsed import Event, Ignored, Notice, Reply
from ingest.venues.readings import decoder, number_or_none, run_of, trade_of
from schemas.market import Level

T = TypeVar("T")

RPI: Final = "1"
"""`source` of trades with orders of retail price improvement."""
UPGRADE: Final = "64008"
"""`code` of the notice that the connection will be closed in about 60 s."""

_books = decoder(list[frames.BookEntry])
_trades = decoder(list[frames.TradeEntry])
_interest = decoder(list[frames.InterestEntry])
_marks = decoder(list[frames.MarkEntry])
_funding = decoder(list[frames.FundingEntry])


def event_of(envelope: frames.Envelope) -> tuple[Event, int]:
    """Return the event of a channel's frame and the time it states, ms. Raises one of
    UNREADABLE."""
    channel, symbol, data = envelope.argument.channel, envelope.argument.symbol, envelope.data
    if channel == "books":
        return _book_event(symbol, envelope.action, _only(_books.decode(data)))
    if channel == "trades":
        run = run_of([_trade(entry) for entry in _trades.decode(data)])
        return run, run.event_time
    if channel == "open-interest":
        interest = _only(_interest.decode(data))
        ticker = Ticker(interest.symbol, interest.time, False, open_interest=interest.coins)
        return ticker, interest.time
    if channel == "mark-price":
        mark = _only(_marks.decode(data))
        return Ticker(mark.symbol, mark.time, False, mark_price=mark.price), mark.time
    if channel == "funding-rate":
        funding = _only(_funding.decode(data))
        rate, due = number_or_none(funding.rate), funding.funding_time or None
        told = Ticker(funding.symbol, funding.time, False, funding_rate=rate, next_funding_time=due)
        return told, funding.time
    return Ignored(channel), 0


def reply_of(envelope: frames.Envelope) -> Event:
    """Return what an answer or a notice says. Raises FrameError."""
    event = envelope.event
    if event == "subscribe":
        return Reply(None, "", envelope.argument.stream)
    if event == "error":
        number = envelope.request_id
        known = int(number) if number.isascii() and number.isdigit() and len(number) < 10 else None
        return Reply(known, f"{envelope.message} (code {envelope.code})")
    if event == "notice" and envelope.code == UPGRADE:
        return Notice(f"{envelope.message} (code {envelope.code})")
    if event:
        return Ignored(event)
    raise FrameError("neither a channel's frame nor an answer")


def pairs(levels: list[frames.Level]) -> list[Level]:
    """Return price and contracts of levels."""
    return [(price, qty) for price, qty, _, _ in levels]


def _book_event(symbol: str, action: str, book: frames.BookEntry) -> tuple[Event, int]:
    time, number = book.image_time, book.sequence_id
    bids, asks = pairs(book.bids), pairs(book.asks)
    if number < 0:
        raise msgspec.ValidationError("seqId is negative")
    if action == "snapshot":
        return BookSnapshot(symbol, time, number, bids, asks), time
    if action != "update":
        raise msgspec.ValidationError(f"action {action[:40]!r} is neither snapshot nor update")
    # Ids jump, and fall after a maintenance of the venue: only the chain of the two is a rule.
    first = min(book.previous_id + 1, number)
    return DepthUpdate(symbol, time, first, number, book.previous_id, bids, asks), time


def _trade(entry: frames.TradeEntry) -> TradeUpdate:
    trade = trade_of(entry.trade_id, entry.time, entry.price, entry.qty, entry.side)
    return TradeUpdate(entry.symbol, trade, entry.count, entry.source == RPI)


def _only(entries: list[T]) -> T:
    if len(entries) != 1:
        raise msgspec.ValidationError(f"{len(entries)} elements instead of one")
    return entries[0]
