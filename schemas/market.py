"""Raw market data: the values of the `market.*` topics.

Times are venue times in ms unless the name says otherwise; the venue's transaction time is used
wherever the venue states one. Prices are in quote currency, quantities in base currency.
"""

from enum import StrEnum
from typing import Annotated, Final, Literal, NamedTuple

from pydantic import Field, FiniteFloat, TypeAdapter

from schemas.record import Record

Level = tuple[FiniteFloat, FiniteFloat]
"""(price, quantity). In a diff the quantity is absolute and 0 deletes the level."""


def _is_none(value: object) -> bool:
    return value is None


class ResetReason(StrEnum):
    """Why a local book stopped being trustworthy."""

    START = "start"
    GAP = "gap"
    DISCONNECT = "disconnect"
    SNAPSHOT_FAILED = "snapshot_failed"
    OVERFLOW = "overflow"
    REMOVED = "removed"
    TOO_LARGE = "too_large"
    """An update was larger than a record may be."""
    SILENT = "silent"
    """Trades went on while the depth stream said nothing for longer than it ever does."""
    CONTRADICTION = "contradiction"
    """The book contradicted itself: crossed, locked, a level twice, far beyond the mark price."""
    RESTART = "restart"
    """The venue sent the whole book anew, as after a restart of its own."""
    BROKER_LOSS = "broker_loss"
    """The broker has lost records that it had acknowledged."""


class DepthSnapshot(Record):
    """A REST depth snapshot: replaces the whole book within its range."""

    kind: Literal["snapshot"] = "snapshot"
    event_time: int
    """Transaction time of the book state, ms."""
    received_us: int
    """Local receive time, microseconds since the epoch. Only for latency, never for logic."""
    last_update_id: int
    bids: list[Level]
    asks: list[Level]


class DepthDiff(Record):
    """One venue frame of changed levels."""

    kind: Literal["diff"] = "diff"
    event_time: int
    """Transaction time of the last change in the frame, ms."""
    received_us: int
    first_update_id: int
    last_update_id: int
    prev_update_id: int
    """`last_update_id` of the frame before; a venue without it gets first_update_id - 1."""
    bids: list[Level]
    asks: list[Level]
    bid_edge: float | None = Field(None, exclude_if=_is_none)
    """Lowest bid that is in view after this frame, where the venue shows a number of levels a side:
    what stands below is out of view, not gone. None, and left out of the JSON, where the whole side
    is in view."""
    ask_edge: float | None = Field(None, exclude_if=_is_none)
    """Highest ask that is in view, likewise."""


class BookReset(Record):
    """The book is invalid from here until the next snapshot.

    Repeated about once a second while no book is available, so that it also moves the depth
    watermark: every later depth record of the symbol has an event time >= this one.
    """

    kind: Literal["reset"] = "reset"
    event_time: int
    received_us: int
    reason: ResetReason


class DepthHeartbeat(Record):
    """Nothing changed in the book: every later depth record has an event time >= this one."""

    kind: Literal["heartbeat"] = "heartbeat"
    event_time: int
    received_us: int


AnyDepth = DepthSnapshot | DepthDiff | BookReset | DepthHeartbeat
"""The values of `market.depth`."""
DepthRecord = Annotated[AnyDepth, Field(discriminator="kind")]
depth_adapter: TypeAdapter[AnyDepth] = TypeAdapter(DepthRecord)


class TakerSide(StrEnum):
    """Who crossed the spread. A taker buy consumes asks, a taker sell consumes bids."""

    BUY = "buy"
    SELL = "sell"


class Trade(NamedTuple):
    """One trade or one venue-aggregated trade; a JSON array on the wire."""

    trade_id: int
    event_time: int
    """Transaction time, ms."""
    price: FiniteFloat
    qty: FiniteFloat
    taker: TakerSide


class Trades(Record):
    """Trades of one symbol in the venue's order, packed for at most 50 ms.

    An empty pack at least once a second is the heartbeat that moves the watermark.
    """

    received_us: int
    """Receive time of the first frame in the pack; of the clock source in an empty pack."""
    watermark: int
    """Every later trade of the symbol has an event time > watermark (ms)."""
    open_interest_time: int = 0
    """event_time of the newest `OpenInterest` acknowledged by the broker before this pack, else 0.

    The engine applies that poll right before this pack, which pins the place of every poll in the
    merged order without making depth wait for a slow stream.
    """
    unsound_from: int | None = Field(None, exclude_if=_is_none)
    """First event time (ms) of a range in which trades are missing or came late: a trade id that
    never arrived, a trade behind the stated watermark, a stream that stood still. None while
    nothing is known to be missing; left out of the JSON then.

    The range may begin before the watermark of the pack before. What a level lost within it is
    neither proven traded nor proven cancelled.
    """
    unsound_to: int | None = Field(None, exclude_if=_is_none)
    """Last event time (ms) of that range, inclusive."""
    unsound_reason: str | None = Field(None, exclude_if=_is_none)
    """Why, in a few words for people."""
    quote_usd: Annotated[float, Field(gt=1e-12, lt=1e12)] | None = Field(None, exclude_if=_is_none)
    """USD for one unit of the symbol's quote currency when the pack was closed, from the settings
    or the venue's own market; None, and left out of the JSON, where the quote is a dollar or its
    value is not known."""
    beside_book: list[int] | None = Field(None, exclude_if=_is_none)
    """Places in `trades` of those that met liquidity which depth does not show (retail price
    improvement): flow, but no level was consumed. Left out of the JSON where there is none."""
    trades: list[Trade]


class OpenInterest(Record):
    """One open-interest poll with the mark price and funding known at that moment."""

    event_time: int
    """Venue time of the figure, ms. Strictly increasing per symbol."""
    received_us: int
    open_interest: float
    """Open contracts in base quantity."""
    mark_price: float | None = None
    funding_rate: float | None = None
    """Rate of the current funding period, 0.0001 = 1 bp."""
    next_funding_time: int | None = None


MarketRecord = AnyDepth | Trades | OpenInterest
"""What the detection engine reads: the values of `market.depth`, `market.trades`, `market.oi`."""


class StreamState(StrEnum):
    """State of one venue stream."""

    UP = "up"
    SILENT = "silent"
    GAP = "gap"
    RESYNC = "resync"
    DOWN = "down"


INTEREST_POLL: Final = "@openInterest"
"""End of our own name of what is polled for a symbol where the venue has no stream of it."""
QUOTE_POLL: Final = "@quoteRate"
"""The same of the value of its quote currency in USD."""


class FeedStatus(Record):
    """A change of state of one stream of one symbol."""

    event_time: int
    """Newest venue time known when the state changed, ms; 0 before the first frame."""
    received_us: int
    """Local time of the change, microseconds since the epoch."""
    stream: str
    """The venue's stream name, for example `btcusdt@depth@100ms`."""
    state: StreamState
    reason: str = ""
