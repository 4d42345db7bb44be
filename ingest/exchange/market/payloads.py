"""The venue's payloads, built from the simulated market in the format of a dialect."""

from typing import Any

import msgspec

from ingest.exchange.dialect import USDM, Dialect
from ingest.exchange.market.book import Book, Side
from ingest.exchange.market.simulated_symbol import Fill, SimulatedSymbol
from ingest.exchange.market.spec import SymbolSpec

FUNDING_PERIOD_MS = 8 * 3_600_000

_encode = msgspec.json.Encoder().encode


def depth_update(
    spec: SymbolSpec,
    book: Book,
    changed: tuple[set[int], set[int]],
    event_ms: int,
    transaction_ms: int,
    first_id: int,
    last_id: int,
    prev_id: int,
    dialect: Dialect,
) -> bytes:
    """Return a depthUpdate with the current quantities of the changed levels, by price."""
    fields = {
        "e": "depthUpdate",
        "E": event_ms,
        "T": transaction_ms,
        "s": spec.symbol,
        "U": first_id if dialect.has_holes else prev_id + 1,
        "u": last_id,
        "pu": prev_id,
        "b": _levels(spec, book, Side.BID, changed[Side.BID]),
        "a": _levels(spec, book, Side.ASK, changed[Side.ASK]),
    }
    return _encode(dialect.without_absent("depthUpdate", fields))


def depth_snapshot(market: SimulatedSymbol, limit: int, dialect: Dialect = USDM) -> bytes:
    """Return the REST depth answer for the state after the last step."""
    spec = market.spec
    fields = {
        "lastUpdateId": market.last_update_id,
        "E": market.now_ms,
        "T": market.last_change_ms,
        "bids": _pairs(spec, market.book.top(Side.BID, limit)),
        "asks": _pairs(spec, market.book.top(Side.ASK, limit)),
    }
    return _encode(dialect.without_absent("snapshot", fields))


def book_ticker(market: SimulatedSymbol, dialect: Dialect) -> bytes:
    """Return the bookTicker of the state after the last step."""
    spec, book = market.spec, market.book
    bid, ask = book.best_bid, book.best_ask
    fields = {
        "e": "bookTicker",
        "u": market.last_update_id,
        "s": spec.symbol,
        "b": spec.price_text(bid),
        "B": spec.qty_text(book.levels[Side.BID][bid]),
        "a": spec.price_text(ask),
        "A": spec.qty_text(book.levels[Side.ASK][ask]),
        "T": market.last_change_ms,
        "E": market.now_ms,
    }
    return _encode(dialect.without_absent("bookTicker", fields))


def agg_trade_fields(spec: SymbolSpec, fill: Fill) -> dict[str, Any]:
    """Return the fields shared by the aggTrade stream and the aggTrades answer."""
    return {
        "a": fill.agg_id,
        "p": spec.price_text(fill.tick),
        "q": spec.qty_text(fill.lots),
        "f": fill.first_id,
        "l": fill.last_id,
        "T": fill.time_ms,
        "m": fill.taker_sells,
    }


def agg_trade(spec: SymbolSpec, fill: Fill, event_ms: int) -> bytes:
    """Return an aggTrade."""
    head = {"e": "aggTrade", "E": event_ms, "s": spec.symbol}
    return _encode(head | agg_trade_fields(spec, fill))


def trades(spec: SymbolSpec, fill: Fill, event_ms: int, dialect: Dialect) -> list[bytes]:
    """Return the single trades of a fill."""
    fields = {
        "e": "trade",
        "E": event_ms,
        "T": fill.time_ms,
        "s": spec.symbol,
        "t": 0,
        "p": spec.price_text(fill.tick),
        "q": "",
        "X": "MARKET",
        "m": fill.taker_sells,
    }
    return [
        _encode(dialect.without_absent("trade", fields | {"t": trade_id, "q": spec.qty_text(lots)}))
        for trade_id, lots in enumerate(fill.parts, fill.first_id)
    ]


def mark_price_update(market: SimulatedSymbol) -> bytes:
    """Return a markPriceUpdate."""
    price = f"{market.mark_price:.8f}"
    return _encode(
        {
            "e": "markPriceUpdate",
            "E": market.now_ms,
            "s": market.spec.symbol,
            "p": price,
            "P": price,
            "i": f"{market.index_price:.8f}",
            "r": f"{market.funding_rate:.8f}",
            "T": next_funding_ms(market.now_ms),
        }
    )


def premium_index(market: SimulatedSymbol) -> dict[str, Any]:
    """Return the premiumIndex answer."""
    price = f"{market.mark_price:.8f}"
    return {
        "symbol": market.spec.symbol,
        "markPrice": price,
        "indexPrice": f"{market.index_price:.8f}",
        "estimatedSettlePrice": price,
        "lastFundingRate": f"{market.funding_rate:.8f}",
        "interestRate": "0.00010000",
        "nextFundingTime": next_funding_ms(market.now_ms),
        "time": market.now_ms,
    }


def open_interest(market: SimulatedSymbol) -> dict[str, Any]:
    """Return the openInterest answer."""
    return {
        "openInterest": market.spec.qty_text(market.open_interest_lots),
        "symbol": market.spec.symbol,
        "time": market.now_ms,
    }


def next_funding_ms(now_ms: int) -> int:
    """Return the next multiple of 8 h, ms."""
    return (now_ms // FUNDING_PERIOD_MS + 1) * FUNDING_PERIOD_MS


def _levels(spec: SymbolSpec, book: Book, side: Side, ticks: set[int]) -> list[tuple[str, str]]:
    lots_of, price_text, qty_text = book.levels[side].get, spec.price_text, spec.qty_text
    return [(price_text(tick), qty_text(lots_of(tick, 0))) for tick in sorted(ticks)]


def _pairs(spec: SymbolSpec, levels: list[tuple[int, int]]) -> list[tuple[str, str]]:
    return [(spec.price_text(tick), spec.qty_text(lots)) for tick, lots in levels]
