"""Typed payloads of Binance USD-M futures, with the venue's field names.

Decimal strings are parsed as doubles; fields not named here are ignored.

Source:
https://developers.binance.com/docs/derivatives/usds-margined-futures/websocket-market-streams
"""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct, field

_LARGEST = 1e18
"""Upper bound of prices and quantities; excludes infinity."""

Price = Annotated[float, Meta(gt=0, lt=_LARGEST)]
Quantity = Annotated[float, Meta(ge=0, lt=_LARGEST)]
Id = Annotated[int, Meta(ge=0, le=2**63 - 1)]
PrevId = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
TimeMs = Annotated[int, Meta(gt=0, lt=10**17)]
SentTime = Annotated[int, Meta(ge=0, lt=10**17)]
"""ms; 0 where the frame does not state it."""
Symbol = Annotated[str, Meta(min_length=1)]
Levels = list[tuple[Price, Quantity]]


class DepthFrame(Struct, tag_field="e", tag="depthUpdate", gc=False):
    """`<s>@depth@<speed>`."""

    transaction_time: TimeMs = field(name="T")
    symbol: Symbol = field(name="s")
    first_id: Id = field(name="U")
    last_id: Id = field(name="u")
    prev_id: PrevId = field(name="pu")
    bids: Levels = field(name="b")
    asks: Levels = field(name="a")
    sent_time: SentTime = field(name="E", default=0)


class AggTradeFrame(Struct, tag_field="e", tag="aggTrade", gc=False):
    """`<s>@aggTrade`: the fills of one taker order at one price within 100 ms."""

    transaction_time: TimeMs = field(name="T")
    symbol: Symbol = field(name="s")
    trade_id: Id = field(name="a")
    price: Price = field(name="p")
    qty: Quantity = field(name="q")
    maker_is_buyer: bool = field(name="m")
    sent_time: SentTime = field(name="E", default=0)


class TradeFrame(Struct, tag_field="e", tag="trade", gc=False):
    """`<s>@trade`: a single fill."""

    transaction_time: TimeMs = field(name="T")
    symbol: Symbol = field(name="s")
    trade_id: Id = field(name="t")
    price: Quantity = field(name="p")
    """0 in rows that are not a market trade."""
    qty: Quantity = field(name="q")
    maker_is_buyer: bool = field(name="m")
    kind: str = field(name="X", default="MARKET")
    """`MARKET`, `INSURANCE_FUND` or `NA`."""
    sent_time: SentTime = field(name="E", default=0)


class MarkPriceFrame(Struct, tag_field="e", tag="markPriceUpdate", gc=False):
    """`<s>@markPrice@1s`."""

    sent_time: TimeMs = field(name="E")
    symbol: Symbol = field(name="s")
    mark_price: Price = field(name="p")
    funding_rate: str = field(name="r", default="")
    """Empty for a contract without funding."""
    next_funding_time: SentTime = field(name="T", default=0)


class BookTickerFrame(Struct, tag_field="e", tag="bookTicker", gc=False):
    """`<s>@bookTicker`."""

    transaction_time: TimeMs = field(name="T")
    symbol: Symbol = field(name="s")
    update_id: Id = field(name="u")
    bid: Quantity = field(name="b")
    bid_qty: Quantity = field(name="B")
    ask: Quantity = field(name="a")
    ask_qty: Quantity = field(name="A")


Payload = DepthFrame | AggTradeFrame | TradeFrame | MarkPriceFrame | BookTickerFrame


class RequestError(Struct, gc=False):
    """Why a request on the connection was refused."""

    code: int = 0
    message: str = field(name="msg", default="")


class Envelope(Struct):
    """A combined-stream frame or the answer to a request."""

    stream: str = ""
    data: msgspec.Raw = msgspec.Raw()
    id: int | str | None = None
    error: RequestError | None = None
    result: msgspec.Raw = msgspec.Raw()


class PayloadHead(Struct):
    """The type field of any payload."""

    event: str = field(name="e")


class DepthAnswer(Struct):
    """GET /fapi/v1/depth. `symbol` is added by recordings of several symbols."""

    last_id: Id = field(name="lastUpdateId")
    transaction_time: TimeMs = field(name="T")
    bids: Levels
    asks: Levels
    symbol: str = ""
    sent_time: SentTime = field(name="E", default=0)


class InterestAnswer(Struct):
    """GET /fapi/v1/openInterest."""

    open_interest: Quantity = field(name="openInterest")
    time: TimeMs


class SymbolEntry(Struct):
    """One contract of exchangeInfo."""

    symbol: Symbol
    status: str | None = None
    quote: str | None = field(name="quoteAsset", default=None)
    contract: str | None = field(name="contractType", default=None)
    """`PERPETUAL`, `TRADIFI_PERPETUAL`, `CURRENT_QUARTER`, ...; spot has none."""


class EntryName(Struct):
    """The name in an entry of exchangeInfo that is otherwise unreadable."""

    symbol: str


class ExchangeInfoAnswer(Struct):
    """GET /fapi/v1/exchangeInfo. Entries are parsed one by one."""

    symbols: list[msgspec.Raw]
