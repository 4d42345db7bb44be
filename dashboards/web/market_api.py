"""Windows of the book and of the flow of one symbol, for charts."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from aiohttp import web

from dashboards import charts, queries
from dashboards.web.answers import FlowAnswer, MarketAnswer
from dashboards.web.http import json_response
from dashboards.web.params import FlowParams, MarketParams
from dashboards.web.routes import Route
from dashboards.web.site import Site
from dashboards.web.snapshot import HORIZON_MS
from dashboards.web.tails import FATE_MS

MINUTE_MS: Final = 60_000
MARKET_STEP_MS: Final = {5: 1_000, 15: 3_000, 60: 15_000}
"""Time between two columns of the book, by the window's minutes."""
FLOW_STEP_MS: Final = {15: 1_000, 60: 5_000, 240: 60_000, 1_440: 300_000}
"""Length of a bar, by the window's minutes."""
WALL_LIMIT: Final = 300
"""Most large orders in a chart: the largest of its time."""


class MarketApi:
    """Handlers of /api/v1/market and /api/v1/flow."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        """Return what is served."""
        return [
            Route(
                "/api/v1/market",
                self.market,
                "The book by price and time with large orders, trades, fills and pulls",
                params=MarketParams,
                answer=MarketAnswer,
                errors=(404,),
            ),
            Route(
                "/api/v1/flow",
                self.flow,
                "Price, delta, CVD by trade size, open interest and funding by time",
                params=FlowParams,
                answer=FlowAnswer,
                errors=(404,),
            ),
        ]

    async def market(self, request: web.Request) -> web.Response:
        """The chart of the book."""
        params = await self._site.symbol_params(request, MarketParams)
        window = await self._window(params, MARKET_STEP_MS[params.minutes])
        read = self._site.reader.rows
        parameters = {
            **window,
            "interval_ms": 1_000,
            "horizon_ms": HORIZON_MS,
            "fate_ms": FATE_MS,
            "limit": WALL_LIMIT,
        }
        book, flow, walls, fates = await asyncio.gather(
            read(queries.BOOK_WINDOW, parameters),
            read(queries.FLOW_WINDOW, parameters),
            read(queries.WALLS_WINDOW, parameters),
            read(queries.FATES_WINDOW, parameters),
        )
        return json_response(
            {
                **_head(window),
                "heat": charts.heat(book),
                "trades": charts.columns(flow, "bar_time", charts.TRADE_FIELDS),
                "walls": charts.walls(walls),
                "fates": charts.columns(fates, "bar_time", charts.FATE_FIELDS),
            }
        )

    async def flow(self, request: web.Request) -> web.Response:
        """The flow."""
        params = await self._site.symbol_params(request, FlowParams)
        window = await self._window(params, FLOW_STEP_MS[params.minutes])
        interval = 1_000 if window["step_ms"] < MINUTE_MS else MINUTE_MS
        bars = await self._site.reader.rows(
            queries.FLOW_WINDOW, {**window, "interval_ms": interval}
        )
        return json_response(
            {**_head(window), "bars": charts.columns(bars, "bar_time", charts.FLOW_FIELDS)}
        )

    async def _window(self, params: MarketParams | FlowParams, step_ms: int) -> dict[str, Any]:
        (venue, symbol), now_ms = await self._site.key(params.symbol, params.venue)
        return {
            "venue": venue,
            "symbol": symbol,
            "from_ms": now_ms - params.minutes * MINUTE_MS,
            "to_ms": now_ms,
            "step_ms": step_ms,
        }


def _head(window: dict[str, Any]) -> dict[str, Any]:
    head = {name: window[name] for name in ("venue", "symbol", "from_ms", "step_ms")}
    return {**head, "now_ms": window["to_ms"]}
