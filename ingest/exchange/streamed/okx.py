"""OKX v5 swaps as the exchange speaks them.

Source: https://www.okx.com/docs-v5/en/ (WebSocket connect, Order book channel, Trades channel,
Open interest channel, Mark price channel, Funding rate channel, Get instruments).
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from ingest.errors import UNREADABLE
from ingest.exchange.market.payloads import next_funding_ms
from ingest.exchange.market.simulated_symbol import Fill, SimulatedSymbol
from ingest.exchange.market.spec import SymbolSpec
from ingest.exchange.streamed.checksum import checksum
from ingest.exchange.streamed.protocol import BookFrame, Request
from schemas.instrument import base_and_quote

LOTS_PER_CONTRACT: Final = 10
"""A contract has ten lots of the simulated market, so quantities have fractions of contracts."""
KINDS: Final = {
    "books": "depth@100ms",
    "trades": "aggTrade",
    "mark-price": "markPrice@1s",
    "open-interest": "openInterest",
    "funding-rate": "fundingRate",
}
"""Channel → name inside the exchange."""
CHANNELS: Final = {kind: channel for channel, kind in KINDS.items()}
_encode = msgspec.json.Encoder().encode


class _Message(msgspec.Struct):
    op: str
    args: list[dict[str, str]] = []
    id: str = ""


class Okx:
    """The protocol."""

    path = "/ws/v5/public"
    window = 400
    listing_path = "/api/v5/public/instruments"
    time_path = "/api/v5/public/time"
    depth_path = "/api/v5/market/books"
    depth_symbol = "instId"
    price_path = "/api/v5/market/ticker"
    restarts_with_book = False
    keep_alive_ms = 60_000

    def next_number(self, number: int, market: SimulatedSymbol) -> int:
        """`seqId` jumps."""
        return number + 1 + market.now_ms // 100 % 9

    def understood(self, raw: bytes) -> Request:
        """Read a message: one answer an argument, and a text for a text."""
        if raw == b"ping":
            return Request(replies=(b"pong",))
        try:
            message = msgspec.json.decode(raw, type=_Message)
        except UNREADABLE:
            return Request(replies=(self._error("60012", "Illegal request", ""),))
        replies: list[bytes] = []
        streams: list[str] = []
        for argument in message.args:
            channel, symbol = argument.get("channel", ""), argument.get("instId", "")
            if channel not in KINDS:
                replies.append(self._error("60018", f"Wrong channel {channel}", message.id))
                continue
            replies.append(_encode({"event": message.op, "arg": argument, "connId": "exchange"}))
            streams.append(f"{symbol.lower()}@{KINDS[channel]}")
        if message.op == "subscribe":
            return Request(subscribe=tuple(streams), replies=tuple(replies))
        return Request(unsubscribe=tuple(streams), replies=tuple(replies))

    def book(self, spec: SymbolSpec, frame: BookFrame) -> bytes:
        """Return a frame of `books`. Since June 2026 the checksum is 0."""
        bids, asks = (
            [
                (spec.price_text(tick), self._qty(spec, lots), "0", "1" if lots else "0")
                for tick, lots in side
            ]
            for side in frame.levels
        )
        proved = [
            [(spec.price_text(tick), self._qty(spec, lots)) for tick, lots in side]
            for side in frame.proved or ()
        ]
        data = {
            "asks": asks,
            "bids": bids,
            "ts": str(frame.sent_ms),
            "checksum": checksum(*proved) if proved else 0,
            "seqId": frame.number,
            "prevSeqId": frame.previous,
        }
        action = "snapshot" if frame.is_whole else "update"
        return self._frame("books", spec.symbol, data, action=action)

    def answer(self, spec: SymbolSpec, frame: BookFrame) -> bytes:
        """Return the answer of GET books."""
        told = msgspec.json.decode(self.book(spec, frame))
        return _encode({"code": "0", "msg": "", "data": told["data"]})

    def trades(self, spec: SymbolSpec, fills: Sequence[Fill], sent_ms: int) -> list[bytes]:
        """Return a frame of `trades` for each taker order and price."""
        return [
            self._frame(
                "trades",
                spec.symbol,
                {
                    "instId": spec.symbol,
                    "tradeId": str(fill.last_id),
                    "px": spec.price_text(fill.tick),
                    "sz": self._qty(spec, fill.lots),
                    "side": "sell" if fill.taker_sells else "buy",
                    "ts": str(fill.time_ms),
                    "count": str(fill.last_id - fill.first_id + 1),
                    "source": "0",
                },
            )
            for fill in fills
        ]

    def figures(self, kind: str, market: SimulatedSymbol, is_whole: bool) -> bytes:
        """Return a frame of `open-interest`, `mark-price` or `funding-rate`."""
        spec, now = market.spec, str(market.now_ms)
        told: dict[str, str] = {"instType": "SWAP", "instId": spec.symbol, "ts": now}
        channel = CHANNELS[kind]
        if channel == "mark-price":
            told["markPx"] = f"{market.mark_price:.8f}"
        elif channel == "open-interest":
            told["oi"] = self._qty(spec, market.open_interest_lots)
            told["oiCcy"] = spec.qty_text(market.open_interest_lots)
        else:
            told["fundingRate"] = f"{market.funding_rate:.8f}"
            told["fundingTime"] = str(next_funding_ms(market.now_ms))
        return self._frame(channel, spec.symbol, told)

    def listing(self, entries: Sequence[tuple[SymbolSpec, bool]]) -> dict[str, Any]:
        """Return the answer of GET instruments."""
        listed = []
        for spec, trades in entries:
            base, quote = base_and_quote(spec.symbol)
            listed.append(
                {
                    "instType": "SWAP",
                    "instId": spec.symbol,
                    "ctType": "linear",
                    "ctVal": f"{spec.lot * LOTS_PER_CONTRACT:g}",
                    "ctMult": "1",
                    "ctValCcy": base,
                    "settleCcy": quote,
                    "tickSz": spec.price_text(1),
                    "lotSz": f"{1 / LOTS_PER_CONTRACT:g}",
                    "state": "live" if trades else "suspend",
                }
            )
        return {"code": "0", "msg": "", "data": listed}

    def price(self, symbol: str, price: str) -> dict[str, Any]:
        """Return the answer of GET ticker."""
        told = {"instType": "SWAP", "instId": symbol, "last": price}
        return {"code": "0", "msg": "", "data": [told]}

    def time(self, now_ms: int) -> dict[str, Any]:
        """Return the answer of GET time."""
        return {"code": "0", "msg": "", "data": [{"ts": str(now_ms)}]}

    def _qty(self, spec: SymbolSpec, lots: int) -> str:
        """Return a quantity in contracts."""
        return (
            f"{lots / LOTS_PER_CONTRACT:g}" if lots < 10**5 else f"{lots / LOTS_PER_CONTRACT:.1f}"
        )

    @staticmethod
    def _frame(channel: str, symbol: str, data: dict[str, Any], **fields: str) -> bytes:
        argument = {"channel": channel, "instId": symbol}
        return _encode({"arg": argument, **fields, "data": [data]})

    @staticmethod
    def _error(code: str, message: str, request_id: str) -> bytes:
        told = {"event": "error", "code": code, "msg": message, "connId": "exchange"}
        return _encode(told | ({"id": request_id} if request_id else {}))


class OkxSpot(Okx):
    """The same for spot: quantities are coins."""

    def listing(self, entries: Sequence[tuple[SymbolSpec, bool]]) -> dict[str, Any]:
        """Return the answer of GET instruments."""
        listed = []
        for spec, trades in entries:
            base, quote = base_and_quote(spec.symbol)
            listed.append(
                {
                    "instType": "SPOT",
                    "instId": spec.symbol,
                    "ctType": "",
                    "ctVal": "",
                    "baseCcy": base,
                    "quoteCcy": quote,
                    "tickSz": spec.price_text(1),
                    "lotSz": spec.qty_text(1),
                    "state": "live" if trades else "suspend",
                }
            )
        return {"code": "0", "msg": "", "data": listed}

    def _qty(self, spec: SymbolSpec, lots: int) -> str:
        return spec.qty_text(lots)
