"""Typed payloads of Bybit v5, with the venue's field names.

Decimal strings are parsed as doubles; fields not named here are ignored.

Source: https://bybit-exchange.github.io/docs/v5/websocket/public/orderbook, .../trade, .../ticker,
https://bybit-exchange.github.io/docs/v5/market/instrument
"""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct, field

from ingest.venues.wire import Id, Levels, Price, SentTime, Symbol, TimeMs

CrossSequence = Annotated[int, Meta(ge=0, lt=2**50)]
"""Number of an event of the matching engine, over all symbols."""


class Envelope(Struct):
    """A frame of a topic, or the answer to a request."""

    topic: str = ""
    kind: str = field(name="type", default="")
    sent_time: SentTime = field(name="ts", default=0)
    matched_time: SentTime = field(name="cts", default=0)
    """When the matching engine made it, ms."""
    data: msgspec.Raw = msgspec.Raw()
    operation: str = field(name="op", default="")
    success: bool | None = None
    message: str = field(name="ret_msg", default="")
    request_id: str = field(name="req_id", default="")


class BookFrame(Struct, gc=False):
    """`orderbook.<levels>.<symbol>`."""

    symbol: Symbol = field(name="s")
    bids: Levels = field(name="b")
    asks: Levels = field(name="a")
    update_id: Id = field(name="u")
    sequence: CrossSequence = field(name="seq", default=0)


class TradeEntry(Struct, gc=False):
    """One fill of `publicTrade.<symbol>`."""

    transaction_time: TimeMs = field(name="T")
    symbol: Symbol = field(name="s")
    taker: str = field(name="S")
    qty: Price = field(name="v")
    price: Price = field(name="p")
    trade_id: str = field(name="i")
    is_block: bool = field(name="BT", default=False)
    """Agreed beside the book."""
    is_rpi: bool = field(name="RPI", default=False)
    """Retail price improvement: met an order that depth does not show."""
    sequence: CrossSequence = field(name="seq", default=0)


class TickerFrame(Struct):
    """`tickers.<symbol>`: absent in a delta means unchanged; dated contracts have empty fields."""

    symbol: Symbol
    open_interest: str = field(name="singleOpenInterest", default="")
    open_interest_both: str = field(name="openInterest", default="")
    mark_price: str = field(name="markPrice", default="")
    funding_rate: str = field(name="fundingRate", default="")
    next_funding_time: str = field(name="nextFundingTime", default="")


class Answer(Struct):
    """A REST answer."""

    code: int = field(name="retCode")
    message: str = field(name="retMsg", default="")
    result: msgspec.Raw = msgspec.Raw()
    time: SentTime = 0


class BookResult(Struct):
    """Result of GET /v5/market/orderbook."""

    symbol: Symbol = field(name="s")
    bids: Levels = field(name="b")
    asks: Levels = field(name="a")
    update_id: Id = field(name="u")
    sent_time: TimeMs = field(name="ts")
    matched_time: SentTime = field(name="cts", default=0)


class PriceFilter(Struct):
    """Steps of a price."""

    tick: Price = field(name="tickSize")


class LotFilter(Struct):
    """Steps of a quantity."""

    step: Price = field(name="qtyStep")


class InstrumentEntry(Struct):
    """One entry of GET /v5/market/instruments-info."""

    symbol: Symbol
    status: str | None
    contract: str | None = field(name="contractType")
    base: Symbol = field(name="baseCoin")
    quote: Symbol = field(name="quoteCoin")
    prices: PriceFilter = field(name="priceFilter")
    lots: LotFilter = field(name="lotSizeFilter")
    group: str = field(name="symbolType", default="")
    """Empty or a zone of coins; a stock, currency or commodity otherwise."""


class TickerEntry(Struct):
    """One entry of GET /v5/market/tickers."""

    price: Price = field(name="lastPrice")


class TickersResult(Struct):
    """Result of GET /v5/market/tickers."""

    entries: list[TickerEntry] = field(name="list")


class InstrumentsResult(Struct):
    """Result of GET /v5/market/instruments-info. Entries are parsed one by one."""

    entries: list[msgspec.Raw] = field(name="list")
    cursor: str | None = field(name="nextPageCursor", default=None)
