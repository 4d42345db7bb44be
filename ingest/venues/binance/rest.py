"""Binance's REST API: requests with their weights, answers, the listing.

Sources:
https://developers.binance.com/docs/derivatives/usds-margined-futures/general-info (weights, 429,
418), https://developers.binance.com/docs/binance-spot-api-docs/rest-api
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from ingest.errors import UNREADABLE, FrameError
from ingest.venues.binance.answers import (
    ExchangeInfoAnswer,
    PriceAnswer,
    SymbolEntry,
    TimeAnswer,
)
from ingest.venues.listing import NO_STATUS, Listed, ListingPage
from ingest.venues.readings import decoder, each_entry
from ingest.venues.rest_rules import RestRequest
from schemas.instrument import Instrument, MarketKind, named_instrument

WEIGHT_HEADER: Final = "X-MBX-USED-WEIGHT-1M"
"""Header: weight used in the current minute by this address."""

_SNAPSHOT_MARK: Final = b'"lastUpdateId"'
_STREAM_MARK: Final = b'"stream"'
_HEAD_BYTES: Final = 64
_time = msgspec.json.Decoder(TimeAnswer)
_price = decoder(PriceAnswer)
_exchange_info = msgspec.json.Decoder(ExchangeInfoAnswer)
_symbol_entry = msgspec.json.Decoder(SymbolEntry)


class BinanceRest:
    """A market's requests; its description adds paths, weights and what `all` includes."""

    name: str
    kind: MarketKind
    weight_header: str = WEIGHT_HEADER
    budget: str = ""
    closed_s: Mapping[int, float] = {}
    """Empty: answers of 429 and 418 state `Retry-After`."""
    time_path: str
    depth_path: str
    price_path: str
    price_weight: int = 1
    depth_weights: tuple[tuple[int, int], ...]
    """(largest limit, request weight) of GET depth."""
    snapshot_limit: int
    """Levels a side of GET depth."""

    def depth_request(self, symbol: str) -> RestRequest:
        """GET depth; the weight depends on the number of levels."""
        limit = self.snapshot_limit
        weight = next(weight for largest, weight in self.depth_weights if limit <= largest)
        return RestRequest(self.depth_path, weight, {"symbol": symbol, "limit": str(limit)})

    def price_request(self, symbol: str) -> RestRequest:
        """GET ticker/price of one symbol."""
        return RestRequest(self.price_path, self.price_weight, {"symbol": symbol})

    def is_depth_answer(self, raw: bytes) -> bool:
        """Whether a line of a capture is an answer of GET depth."""
        # A frame begins with its stream, so checking the prefix avoids a second parse.
        head = raw[:_HEAD_BYTES]
        return _STREAM_MARK not in head and _SNAPSHOT_MARK in raw

    def parse_time(self, raw: bytes) -> int:
        """Parse GET time. Raises FrameError."""
        try:
            return _time.decode(raw).time
        except UNREADABLE as error:
            raise FrameError(f"time: {error}") from None

    def parse_price(self, raw: bytes) -> float:
        """Parse GET ticker/price. Raises FrameError."""
        try:
            return _price.decode(raw).price
        except UNREADABLE as error:
            raise FrameError(f"price: {error}") from None

    def dollar_pair(self, currency: str) -> str:
        """`BTCUSDT`."""
        return f"{currency}USDT"

    def parse_symbols(self, raw: bytes) -> ListingPage:
        """Parse GET exchangeInfo. Raises FrameError if no entry can be parsed."""
        try:
            answer = _exchange_info.decode(raw)
        except UNREADABLE as error:
            raise FrameError(f"exchangeInfo: {error}") from None
        return each_entry(answer.symbols, self._listed, "exchangeInfo", "")

    def instrument(self, symbol: str) -> Instrument:
        """Return what the name of a symbol tells, where there is no listing."""
        return named_instrument(self.name, symbol, self.kind, self._contract_size(symbol))

    def _listed(self, raw: bytes) -> Listed:
        entry = _symbol_entry.decode(raw)
        in_all, note = self._in_all(entry)
        status = entry.status or entry.contract_status
        if status is None:
            note = NO_STATUS
        told = self.instrument(entry.symbol)
        instrument = told.model_copy(
            update={
                "base": entry.base or told.base,
                "quote": entry.quote or told.quote,
                "contract_size": entry.contract_size or told.contract_size,
                "tick": entry.step("PRICE_FILTER"),
                "lot": entry.step("LOT_SIZE"),
                "status": status or "",
            }
        )
        return Listed(entry.symbol, status or "", in_all, note, instrument)

    def _in_all(self, entry: SymbolEntry) -> tuple[bool, str]:
        """Return whether the watch list `all` includes the symbol, and the reason if its exclusion
        is unexpected for its contract type."""
        raise NotImplementedError

    def _contract_size(self, symbol: str) -> float:
        return 1.0
