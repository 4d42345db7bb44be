"""The REST side of the venue's protocol, with its weights and errors."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from aiohttp import web

from ingest.exchange.config import ExchangeConfig
from ingest.exchange.errors import VenueError
from ingest.exchange.faults import Faults, RestCall, RestReply
from ingest.exchange.listing import assets_of
from ingest.exchange.queries import Query, integer, limit_for_weight, limit_of, wanted_symbol
from ingest.exchange.source import Source
from ingest.exchange.statistics.endpoints import Statistics
from ingest.exchange.streamed.protocols import PROTOCOLS
from ingest.exchange.weights import WeightLedger

WEIGHT_HEADER = "X-MBX-USED-WEIGHT-1M"
DEFAULT_TRADES_LIMIT = 500
MAX_TRADES_LIMIT = 1_000
_TOO_MANY = -1003

_Answer = Callable[[Query], Awaitable[bytes]]
_Weigh = Callable[[Query], int]


class RestSide:
    """Answers the venue's REST requests from a source."""

    def __init__(
        self, config: ExchangeConfig, source: Source, ledger: WeightLedger, faults: Faults
    ) -> None:
        self._config = config
        self._dialect = config.dialect
        self._source = source
        self._ledger = ledger
        self._faults = faults

    def routes(self) -> list[web.RouteDef]:
        """Return the paths with their weights."""
        dialect = self._dialect
        if (protocol := PROTOCOLS.get(self._config.venue)) is not None:
            routes = [
                self._get(protocol.listing_path, _always(1), self._listing),
                self._get(protocol.time_path, _always(1), self._streamed_time),
                self._get(protocol.price_path, _always(1), self._streamed_price),
            ]
            if protocol.depth_path:
                routes.append(self._get(protocol.depth_path, _always(1), self._streamed_depth))
            return routes
        routes = [
            self._get("ping", _always(1), self._ping),
            self._get("time", _always(1), self._time),
            self._get("exchangeInfo", _always(dialect.exchange_info_weight), self._exchange_info),
            self._get("depth", self._depth_weight, self._depth),
            self._get("ticker/price", _always(dialect.price_weight), self._ticker_price),
            self._get("aggTrades", _always(dialect.agg_trades_weight), self._agg_trades),
        ]
        if dialect.has_contracts:
            routes.append(self._get("openInterest", _always(1), self._open_interest))
            routes.append(self._get("premiumIndex", _premium_weight, self._premium_index))
        if dialect.has_statistics:
            statistics = Statistics(self._source.histories, dialect)
            routes += [self._get(*path) for path in statistics.paths()]
        return routes

    def _get(self, name: str, weigh: _Weigh, answer: _Answer) -> web.RouteDef:
        path = name if name.startswith("/") else f"{self._dialect.rest_root}/{name}"

        async def handle(request: web.Request) -> web.StreamResponse:
            if (refusal := self._faults.refusal()) is not None:
                return await _sent(request, refusal)
            query = dict(request.query)
            reply = await self._reply(request.remote or "", path, query, weigh(query), answer)
            call = RestCall(path, query.get("symbol", ""))
            return await _sent(request, await self._faults.rest(call, reply))

        return web.get(path, handle)

    async def _reply(
        self, address: str, path: str, query: Query, weight: int, answer: _Answer
    ) -> RestReply:
        verdict = self._ledger.charge(address, path, weight)
        headers = {WEIGHT_HEADER: str(verdict.used)}
        if verdict.status != 200:
            headers["Retry-After"] = str(verdict.retry_after_s)
            return RestReply(
                verdict.status, self._refusal(verdict.status, verdict, address), headers
            )
        try:
            return RestReply(200, await answer(query), headers)
        except VenueError as error:
            return RestReply(error.status, _error(error.code, error.message), headers)

    def _refusal(self, status: int, verdict: Any, address: str) -> bytes:
        if status == 429:
            limit = self._config.weight_limit
            text = f"Too many requests; current limit is {limit} request weight per minute."
        else:
            until_ms = int((time.time() + verdict.retry_after_s) * 1000)
            text = f"Way too many requests; IP({address}) banned until {until_ms}."
        return _error(_TOO_MANY, text)

    async def _ping(self, query: Query) -> bytes:
        return b"{}"

    async def _time(self, query: Query) -> bytes:
        return msgspec.json.encode({"serverTime": self._source.now_ms})

    async def _listing(self, query: Query) -> bytes:
        return msgspec.json.encode(self._source.listing())

    async def _streamed_time(self, query: Query) -> bytes:
        protocol = PROTOCOLS[self._config.venue]
        return msgspec.json.encode(protocol.time(self._source.now_ms))

    async def _streamed_depth(self, query: Query) -> bytes:
        protocol = PROTOCOLS[self._config.venue]
        symbol = self._symbol({"symbol": query.get(protocol.depth_symbol, "")})
        return await self._source.depth(symbol, protocol.window)

    async def _streamed_price(self, query: Query) -> bytes:
        protocol = PROTOCOLS[self._config.venue]
        symbol = query.get(protocol.depth_symbol, "")
        return msgspec.json.encode(protocol.price(symbol, self._source.last_price(symbol)))

    async def _exchange_info(self, query: Query) -> bytes:
        symbols = self._source.symbol_info()
        return msgspec.json.encode(
            {
                "timezone": "UTC",
                "serverTime": self._source.now_ms,
                "rateLimits": [
                    _rate_limit("REQUEST_WEIGHT", "MINUTE", 1, self._config.weight_limit),
                    _rate_limit("ORDERS", "MINUTE", 1, 1_200),
                    _rate_limit("ORDERS", "SECOND", 10, 300),
                ],
                "exchangeFilters": [],
                "assets": assets_of(symbols),
                "symbols": symbols,
            }
        )

    async def _depth(self, query: Query) -> bytes:
        symbol = self._symbol(query)
        limit = integer(query, "limit", self._dialect.default_depth_limit)
        if self._dialect.depth_weight(limit) is None:
            raise VenueError(-4021, f"{limit} is not valid depth limit.")
        return await self._source.depth(symbol, limit)

    async def _open_interest(self, query: Query) -> bytes:
        return msgspec.json.encode(self._source.open_interest(self._symbol(query)))

    async def _premium_index(self, query: Query) -> bytes:
        if "symbol" in query:
            return msgspec.json.encode(self._source.premium_index(self._symbol(query)))
        every = [self._source.premium_index(symbol) for symbol in self._source.symbols]
        return msgspec.json.encode(every)

    async def _ticker_price(self, query: Query) -> bytes:
        symbol = query.get("symbol", "")
        price = self._source.last_price(symbol)
        return msgspec.json.encode({"symbol": symbol, "price": price, "time": self._source.now_ms})

    async def _agg_trades(self, query: Query) -> bytes:
        symbol = self._symbol(query)
        limit = limit_of(query, DEFAULT_TRADES_LIMIT, MAX_TRADES_LIMIT)
        return msgspec.json.encode(self._source.recent_trades(symbol, limit))

    def _depth_weight(self, query: Query) -> int:
        limit = limit_for_weight(query, self._dialect.default_depth_limit)
        return self._dialect.depth_weight(limit) or 1

    def _symbol(self, query: Query) -> str:
        return wanted_symbol(query, self._source.symbols)


async def _sent(request: web.Request, reply: RestReply) -> web.StreamResponse:
    """Send a reply, or its first part and then break the connection."""
    if reply.sent_bytes is None:
        return web.Response(
            status=reply.status,
            body=reply.body,
            headers=reply.headers,
            content_type="application/json",
        )
    whole = {"Content-Type": "application/json", "Content-Length": str(len(reply.body))}
    response = web.StreamResponse(status=reply.status, headers={**(reply.headers or {}), **whole})
    await response.prepare(request)
    await response.write(reply.body[: reply.sent_bytes])
    if request.transport is not None:
        request.transport.close()
    return response


def _error(code: int, message: str) -> bytes:
    return msgspec.json.encode({"code": code, "msg": message})


def _rate_limit(kind: str, interval: str, number: int, limit: int) -> dict[str, Any]:
    return {
        "rateLimitType": kind,
        "interval": interval,
        "intervalNum": number,
        "limit": limit,
    }


def _always(weight: int) -> _Weigh:
    return lambda query: weight


def _premium_weight(query: Query) -> int:
    return 1 if "symbol" in query else 10
