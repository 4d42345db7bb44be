"""Typed payloads of OKX v5, with the venue's field names.

Decimal strings are parsed as doubles; fields not named here are ignored. Quantities are contracts.

Source: https://www.okx.com/docs-v5/en/ (Order Book Trading > Market Data, Public Data)
"""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct, field

from ingest.venues.wire import Price, Quantity, SentTime, Symbol, TimeMs

SequenceId = Annotated[int, Meta(ge=-1, le=2**63 - 1)]
TradeId = Annotated[int, Meta(ge=0, lt=2**62)]
Level = tuple[Price, Quantity, str, str]
"""Price, contracts, a field that is always 0, number of orders."""


class Argument(Struct):
    """What a frame or an answer is about."""

    channel: str = ""
    symbol: str = field(name="instId", default="")

    @property
    def stream(self) -> str:
        """Name of the stream: `books:BTC-USDT-SWAP`."""
        return f"{self.channel}:{self.symbol}" if self.symbol else ""


class Envelope(Struct):
    """A frame of a channel, or the answer to a request."""

    argument: Argument = field(name="arg", default_factory=Argument)
    action: str = ""
    data: msgspec.Raw = msgspec.Raw()
    event: str = ""
    code: str = ""
    message: str = field(name="msg", default="")
    request_id: str = field(name="id", default="")


class BookEntry(Struct, gc=False):
    """The one element of a frame of `books`."""

    asks: list[Level]
    bids: list[Level]
    image_time: TimeMs = field(name="ts")
    """When the image of the book was made, in steps of 100 ms; no matching time."""
    sequence_id: SequenceId = field(name="seqId")
    previous_id: SequenceId = field(name="prevSeqId", default=-1)


class TradeEntry(Struct, gc=False):
    """One element of `trades`: the fills of one taker order at one price."""

    symbol: Symbol = field(name="instId")
    trade_id: TradeId = field(name="tradeId")
    """That of the last of `count` fills."""
    price: Price = field(name="px")
    qty: Price = field(name="sz")
    side: str
    """Of the taker."""
    time: TimeMs = field(name="ts")
    count: Annotated[int, Meta(ge=1, lt=2**31)] = 1
    source: str = ""
    """`1`: retail price improvement."""


class InterestEntry(Struct, gc=False):
    """One element of `open-interest`."""

    symbol: Symbol = field(name="instId")
    coins: Quantity = field(name="oiCcy")
    time: TimeMs = field(name="ts")


class MarkEntry(Struct, gc=False):
    """One element of `mark-price`."""

    symbol: Symbol = field(name="instId")
    price: Price = field(name="markPx")
    time: TimeMs = field(name="ts")


class FundingEntry(Struct, gc=False):
    """One element of `funding-rate`."""

    symbol: Symbol = field(name="instId")
    rate: str = field(name="fundingRate", default="")
    funding_time: SentTime = field(name="fundingTime", default=0)
    time: SentTime = field(name="ts", default=0)


class Answer(Struct):
    """A REST answer."""

    code: str
    message: str = field(name="msg", default="")
    data: list[msgspec.Raw] = []
    symbol: str = ""
    """Added by recordings."""


class TimeEntry(Struct):
    """The element of GET time."""

    time: TimeMs = field(name="ts")


class TickerEntry(Struct):
    """The element of GET /api/v5/market/ticker."""

    price: Price = field(name="last")


class PairEntry(Struct):
    """One spot entry of GET /api/v5/public/instruments; what concerns contracts is empty."""

    symbol: Symbol = field(name="instId")
    state: str | None
    base: Symbol = field(name="baseCcy")
    quote: Symbol = field(name="quoteCcy")
    tick: Price = field(name="tickSz")
    lot: Price = field(name="lotSz")


class InstrumentEntry(Struct):
    """One entry of GET /api/v5/public/instruments."""

    symbol: Symbol = field(name="instId")
    state: str | None
    contract: str = field(name="ctType")
    size: str = field(name="ctVal")
    size_coin: str = field(name="ctValCcy")
    settlement: str = field(name="settleCcy")
    tick: Price = field(name="tickSz")
    lot: Price = field(name="lotSz")
    multiplier: str = field(name="ctMult", default="1")
