"""What pages follow: one stream a page with the frames of its views, at most one a second each.

A frame is made once for all who watch, as often as it is worth, and not at all while nobody does. A
panel whose answer can be continued comes as its newest seconds alone: a page that finds a hole
before it reads the whole window again. That is also how it recovers from a restart.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any, Final
from urllib.parse import parse_qsl

from aiohttp import web

from dashboards.web.answers.health import LiveAnswer
from dashboards.web.api.health import HealthApi
from dashboards.web.api.panel_source import interval_s, panel_of
from dashboards.web.api.params import (
    BadParameterError,
    FirstSymbolsParams,
    LiveParams,
    PanelParams,
    parse,
)
from dashboards.web.api.routes import Route
from dashboards.web.api.smart_money import SmartMoneyApi
from dashboards.web.frames import Frame, Frames
from dashboards.web.http import dumps
from dashboards.web.markets.api import MarketsApi
from dashboards.web.site import Site
from schemas.clickhouse.errors import StoreError

STREAM_INTERVAL_S: Final = 1.0
MOST_VIEWS: Final = 64
"""Most views of one stream."""
PLAIN_VIEWS: Final = ("large-orders", "markets", "smart-money", "health", "pipeline")
FIRST: Final = "large-orders?"
PANEL: Final = "panel:"
ALLOWED: Final = [
    *PLAIN_VIEWS,
    "large-orders?limit=24&sort=wall",
    "panel:KEY?symbol=SYMBOL&venue=VENUE&minutes=15",
]

Make = Callable[[], Awaitable[dict[str, Any]]]


class Live:
    """The stream and its one-shot form."""

    def __init__(
        self, site: Site, health: HealthApi, smart_money: SmartMoneyApi, markets: MarketsApi
    ) -> None:
        self._site = site
        self._plain: dict[str, Make] = {
            "large-orders": self._large_orders,
            "markets": markets.view,
            "smart-money": smart_money.view,
            "health": health.view,
            "pipeline": self._pipeline,
        }
        self._frames = Frames(time.monotonic)
        self._ending = asyncio.Event()

    def routes(self) -> list[Route]:
        """Return what is served."""
        return [
            Route(
                "/api/v1/live",
                self.once,
                "The newest state of views, once",
                params=LiveParams,
                answer=LiveAnswer,
            ),
            Route(
                "/api/v1/stream",
                self.stream,
                "The same each second as server-sent events; panels where they changed",
                params=LiveParams,
                media="text/event-stream",
            ),
            Route(
                "/api/v1/large-orders/stream",
                self.stream,
                "The stream with the view large-orders",
                params=LiveParams,
                media="text/event-stream",
            ),
        ]

    async def once(self, request: web.Request) -> web.Response:
        """Every view asked for, once."""
        views = _views(request)
        frames = await asyncio.gather(*(self._frame(view) for view in views))
        text = ",".join(frames)
        return web.json_response(text=f'{{"frames":[{text}]}}')

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Every view asked for, each second; panels where they changed."""
        views = _views(request)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        # A browser that lost the connection comes back after this time.
        await response.write(b"retry: 1000\n\n")
        with suppress(ConnectionResetError):
            async for frame in self._all_frames(views):
                await response.write(f"data: {frame}\n\n".encode())
        return response

    async def end(self, _: web.Application) -> None:
        """Let every open stream end, so that the server need not wait for them."""
        self._ending.set()

    async def _all_frames(self, views: list[str]) -> AsyncIterator[str]:
        told: dict[str, str] = {}
        while not self._ending.is_set():
            for view in views:
                text = await self._frame(view)
                # The other views come every second: that is also the sign of life.
                if not view.startswith(PANEL) or told.get(view) != text:
                    told[view] = text
                    yield text
            with suppress(TimeoutError):
                async with asyncio.timeout(STREAM_INTERVAL_S):
                    await self._ending.wait()

    async def _frame(self, view: str) -> str:
        """Return a view as JSON text, made once for all who watch."""

        async def make() -> str:
            return dumps({"view": view, **await self._document(view)})

        return await self._frames.text(view, lambda: _new_frame(view), make)

    async def _document(self, view: str) -> dict[str, Any]:
        try:
            if view in self._plain:
                return await self._plain[view]()
            if view.startswith(FIRST):
                return await self._large_orders(_first_view(view))
            key, params = _panel_view(view)
            question = await self._site.panels.question(key, params, tail=True)
            return await self._site.panels.answer(question)
        except BadParameterError as error:
            return {"error": str(error)}
        except StoreError as error:
            document: dict[str, Any] = {"error": str(error)}
            is_panel = view.startswith(PANEL)
            return document if is_panel else {**document, "pipeline": await self._pipeline()}

    async def _large_orders(self, first: FirstSymbolsParams | None = None) -> dict[str, Any]:
        figures = await self._pipeline()
        head = {"impact_threshold": self._site.impact_threshold, "pipeline": figures}
        try:
            snapshot = await self._site.snapshots.current()
        except StoreError as error:
            return {"error": str(error), "pipeline": figures}
        if first is None:
            return {**head, **snapshot.status()}
        return {**head, **snapshot.first(first.sort, first.limit, first.symbol)}

    async def _pipeline(self) -> dict[str, Any]:
        return await self._site.figures()


def _views(request: web.Request) -> list[str]:
    """Return the views that a request names. Raises BadParameterError."""
    views = list(dict.fromkeys(parse(LiveParams, request.query).views.split(",")))
    if len(views) > MOST_VIEWS:
        raise BadParameterError("views", f"parameter views: more than {MOST_VIEWS}", ALLOWED)
    for view in views:
        if view.startswith(PANEL):
            panel_of(_panel_view(view)[0])
        elif view.startswith(FIRST):
            _first_view(view)
        elif view not in PLAIN_VIEWS:
            raise BadParameterError("views", f"parameter views: unknown view {view!r}", ALLOWED)
    return views


def _first_view(view: str) -> FirstSymbolsParams:
    """Read large-orders?PARAMETERS. Raises BadParameterError."""
    return parse(FirstSymbolsParams, dict(parse_qsl(view.removeprefix(FIRST))))


def _panel_view(view: str) -> tuple[str, PanelParams]:
    """Read panel:KEY?PARAMETERS. Raises BadParameterError."""
    key, _, query = view.removeprefix(PANEL).partition("?")
    return key, parse(PanelParams, dict(parse_qsl(query)))


def _new_frame(view: str) -> Frame:
    if not view.startswith(PANEL):
        return Frame(STREAM_INTERVAL_S, is_costly=False)
    key, params = _panel_view(view)
    return Frame(interval_s(panel_of(key), params), is_costly=True)
