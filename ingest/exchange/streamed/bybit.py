"""Bybit v5 linear as the exchange speaks it.

Sources: https://bybit-exchange.github.io/docs/v5/ws/connect,
https://bybit-exchange.github.io/docs/v5/websocket/public/orderbook, .../trade, .../ticker,
https://bybit-exchange.github.io/docs/v5/market/instrument.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from ingest.errors import UNREADABLE
from ingest.exchange.market.payloads import next_funding_ms
from ingest.exchange.market.simulated_symbol import Fill, SimulatedSymbol
from ingest.exchange.market.spec import SymbolSpec
from ingest.exchange.streamed.protocol import BookFrame, Request
from schemas.instrument import base_and_quote

WINDOW: Final = 1_000
KINDS: Final = {
    f"orderbook.{WINDOW}": "depth@100ms",
    "publicTrade": "aggTrade",
    "tickers": "markPrice@1s",
}
"""Topic → name inside the exchange."""
_encode = msgspec.json.Encoder().encode


class _Message(msgspec.Struct):
    op: str
    args: list[str] = []
    req_id: str = ""


class Bybit:
    """The protocol."""

    path = "/v5/public/linear"
    window = WINDOW
    listing_path = "/v5/market/instruments-info"
    time_path = "/v5/market/time"
    depth_path = ""
    depth_symbol = "symbol"
    price_path = "/v5/market/tickers"
    restarts_with_book = True
    keep_alive_ms = 0

    def next_number(self, number: int, market: SimulatedSymbol) -> int:
        """`u` rises by exactly 1."""
        return number + 1

    def understood(self, raw: bytes) -> Request:
        """Read a message: one answer a message."""
        try:
            message = msgspec.json.decode(raw, type=_Message)
        except UNREADABLE as error:
            return Request(replies=(self._answer("", "", f"Invalid message: {error}", ok=False),))
        if message.op == "ping":
            return Request(replies=(self._answer("ping", message.req_id, "pong"),))
        streams: list[str] = []
        for topic in message.args:
            kind, _, symbol = topic.rpartition(".")
            if kind not in KINDS:
                refusal = self._answer(message.op, message.req_id, f"Invalid topic: {topic}", False)
                return Request(replies=(refusal,))
            streams.append(f"{symbol.lower()}@{KINDS[kind]}")
        accepted = (self._answer(message.op, message.req_id, ""),)
        if message.op == "subscribe":
            return Request(subscribe=tuple(streams), replies=accepted)
        return Request(unsubscribe=tuple(streams), replies=accepted)

    def book(self, spec: SymbolSpec, frame: BookFrame) -> bytes:
        """Return `orderbook.<levels>.<symbol>`."""
        bids, asks = (
            [(spec.price_text(tick), spec.qty_text(lots)) for tick, lots in side]
            for side in frame.levels
        )
        data = {"s": spec.symbol, "b": bids, "a": asks, "u": frame.number, "seq": frame.number * 7}
        return _encode(
            {
                "topic": f"orderbook.{WINDOW}.{spec.symbol}",
                "type": "snapshot" if frame.is_whole else "delta",
                "ts": frame.sent_ms,
                "data": data,
                "cts": frame.changed_ms,
            }
        )

    def answer(self, spec: SymbolSpec, frame: BookFrame) -> bytes:
        """Return the answer of GET orderbook."""
        told = msgspec.json.decode(self.book(spec, frame))
        result = told["data"] | {"ts": frame.sent_ms, "cts": frame.changed_ms}
        return _encode({"retCode": 0, "retMsg": "OK", "result": result, "time": frame.sent_ms})

    def trades(self, spec: SymbolSpec, fills: Sequence[Fill], sent_ms: int) -> list[bytes]:
        """Return one frame of `publicTrade.<symbol>`."""
        entries = [
            {
                "T": fill.time_ms,
                "s": spec.symbol,
                "S": "Sell" if fill.taker_sells else "Buy",
                "v": spec.qty_text(fill.lots),
                "p": spec.price_text(fill.tick),
                "i": f"{fill.agg_id:08x}-0000-4000-8000-{fill.last_id:012x}",
                "BT": False,
                "RPI": False,
                "seq": fill.agg_id,
            }
            for fill in fills
        ]
        topic = f"publicTrade.{spec.symbol}"
        return [_encode({"topic": topic, "type": "snapshot", "ts": sent_ms, "data": entries})]

    def figures(self, kind: str, market: SimulatedSymbol, is_whole: bool) -> bytes:
        """Return `tickers.<symbol>`; a delta leaves out what is unchanged."""
        spec = market.spec
        single = spec.qty_text(market.open_interest_lots)
        data = {"symbol": spec.symbol, "singleOpenInterest": single}
        if is_whole or market.now_ms // 1_000 % 2:
            data |= {
                "openInterest": spec.qty_text(2 * market.open_interest_lots),
                "markPrice": f"{market.mark_price:.8f}",
                "fundingRate": f"{market.funding_rate:.8f}",
                "nextFundingTime": str(next_funding_ms(market.now_ms)),
            }
        told = {"topic": f"tickers.{spec.symbol}", "type": "snapshot" if is_whole else "delta"}
        return _encode(told | {"data": data, "cs": market.now_ms, "ts": market.now_ms})

    def listing(self, entries: Sequence[tuple[SymbolSpec, bool]]) -> dict[str, Any]:
        """Return the answer of GET instruments-info."""
        listed = []
        for spec, trades in entries:
            base, quote = base_and_quote(spec.symbol)
            listed.append(
                {
                    "symbol": spec.symbol,
                    "contractType": "LinearPerpetual",
                    "status": "Trading" if trades else "Closed",
                    "baseCoin": base,
                    "quoteCoin": quote,
                    "settleCoin": quote,
                    "priceFilter": {"tickSize": spec.price_text(1)},
                    "lotSizeFilter": {"qtyStep": spec.qty_text(1)},
                    "symbolType": "",
                }
            )
        result = {"category": "linear", "list": listed, "nextPageCursor": ""}
        return {"retCode": 0, "retMsg": "OK", "result": result}

    def price(self, symbol: str, price: str) -> dict[str, Any]:
        """Return the answer of GET tickers."""
        result = {"category": "linear", "list": [{"symbol": symbol, "lastPrice": price}]}
        return {"retCode": 0, "retMsg": "OK", "result": result}

    def time(self, now_ms: int) -> dict[str, Any]:
        """Return the answer of GET time."""
        return {"retCode": 0, "retMsg": "OK", "result": {}, "time": now_ms}

    @staticmethod
    def _answer(operation: str, request_id: str, message: str, ok: bool = True) -> bytes:
        told = {"success": ok, "ret_msg": message, "conn_id": "exchange", "op": operation}
        return _encode(told | ({"req_id": request_id} if request_id else {}))
