"""Typed payloads of Binance's streams, with the venue's field names.

Fields not named here are ignored.

Source:
https://developers.binance.com/docs/derivatives/usds-margined-futures/websocket-market-streams
"""

from typing import Annotated, Generic, TypeVar

import msgspec
from msgspec import Meta, Struct, field

from ingest.venues.wire import Id, Levels, Price, Quantity, SentTime, Symbol, TimeMs

PrevId = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]


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


class SpotDepthFrame(Struct, tag_field="e", tag="depthUpdate", gc=False):
    """`<s>@depth@100ms`."""

    sent_time: TimeMs = field(name="E")
    symbol: Symbol = field(name="s")
    first_id: Annotated[int, Meta(ge=1, le=2**63 - 1)] = field(name="U")
    last_id: Id = field(name="u")
    bids: Levels = field(name="b")
    asks: Levels = field(name="a")


class SpotTickerFrame(Struct, gc=False):
    """`<s>@bookTicker`; the only payload with neither type nor time."""

    update_id: Id = field(name="u")
    symbol: Symbol = field(name="s")
    bid: Quantity = field(name="b")
    bid_qty: Quantity = field(name="B")
    ask: Quantity = field(name="a")
    ask_qty: Quantity = field(name="A")


PayloadT = TypeVar("PayloadT")
Payload = DepthFrame | AggTradeFrame | TradeFrame | MarkPriceFrame | BookTickerFrame
SpotPayload = SpotDepthFrame | AggTradeFrame | TradeFrame


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


class WholeFrame(Struct, Generic[PayloadT], gc=False):
    """A combined-stream frame decoded in one step.

    Decimal strings are read as numbers in all of it, so an envelope that could also be an answer is
    for `Envelope` to judge.
    """

    data: PayloadT
    stream: str = ""
    id: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    error: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class PayloadHead(Struct):
    """The type field of any payload."""

    event: str = field(name="e")
