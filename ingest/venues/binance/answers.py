"""Typed answers of Binance's REST API, with the venue's field names.

Fields not named here are ignored.

Sources: https://developers.binance.com/docs/derivatives/usds-margined-futures/market-data/rest-api,
https://developers.binance.com/docs/binance-spot-api-docs/rest-api
"""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct, field

from ingest.venues.wire import LARGEST, Id, Levels, Quantity, SentTime, Symbol, TimeMs


class TimeAnswer(Struct):
    """GET time."""

    time: TimeMs = field(name="serverTime")


class PriceAnswer(Struct):
    """GET ticker/price."""

    price: float


class DepthAnswer(Struct):
    """GET /fapi/v1/depth. `symbol` is added by recordings of several symbols."""

    last_id: Id = field(name="lastUpdateId")
    transaction_time: TimeMs = field(name="T")
    bids: Levels
    asks: Levels
    symbol: str = ""
    sent_time: SentTime = field(name="E", default=0)


class SpotDepthAnswer(Struct):
    """GET /api/v3/depth; states no time. `symbol` is added by recordings of several symbols."""

    last_id: Id = field(name="lastUpdateId")
    bids: Levels
    asks: Levels
    symbol: str = ""


class InterestAnswer(Struct):
    """GET /fapi/v1/openInterest."""

    open_interest: Quantity = field(name="openInterest")
    time: TimeMs


class SymbolFilter(Struct):
    """One of the filters of a symbol; PRICE_FILTER has a tick, LOT_SIZE a step."""

    tick: str = field(name="tickSize", default="")
    step: str = field(name="stepSize", default="")
    kind: str = field(name="filterType", default="")


class SymbolEntry(Struct):
    """One contract of exchangeInfo."""

    symbol: Symbol
    status: str | None = None
    contract_status: str | None = field(name="contractStatus", default=None)
    """COIN-M's name of `status`."""
    base: str = field(name="baseAsset", default="")
    quote: str | None = field(name="quoteAsset", default=None)
    contract: str | None = field(name="contractType", default=None)
    """`PERPETUAL`, `TRADIFI_PERPETUAL`, `CURRENT_QUARTER`, ...; spot has none."""
    contract_size: Annotated[float, Meta(gt=0, lt=LARGEST)] | None = field(
        name="contractSize", default=None
    )
    """COIN-M: USD of one contract."""
    filters: list[SymbolFilter] = []

    def step(self, kind: str) -> float:
        """Return the step that a filter states, 0 if it states none."""
        texts = [one.tick or one.step for one in self.filters if one.kind == kind]
        try:
            step = float(texts[0]) if texts else 0.0
        except ValueError:
            return 0.0
        return step if 0 < step < LARGEST else 0.0


class ExchangeInfoAnswer(Struct):
    """GET /fapi/v1/exchangeInfo. Entries are parsed one by one."""

    symbols: list[msgspec.Raw]
