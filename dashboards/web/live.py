"""What pages follow: one stream a page with a frame of each view once a second.

A frame holds the newest seconds alone, so it can be made once for all who watch; a page that finds
a hole before it reads the whole window again. That is also how it recovers from a restart.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any, Final

from aiohttp import web

from dashboards.web.answers import LiveAnswer
from dashboards.web.health_api import HealthApi
from dashboards.web.http import dumps
from dashboards.web.params import BadParameterError, LiveParams, parse
from dashboards.web.routes import Route
from dashboards.web.site import Site
from dashboards.web.smart_money_api import SmartMoneyApi
from schemas.clickhouse.errors import StoreError

STREAM_INTERVAL_S: Final = 1.0
MOST_VIEWS: Final = 32
"""Most views of one stream."""
FORGET_S: Final = 10.0
"""A view that nobody asked for this long is forgotten."""
PLAIN_VIEWS: Final = ("large-orders", "smart-money", "health", "pipeline")
SYMBOL_VIEWS: Final = ("market", "flow")
ALLOWED: Final = [*PLAIN_VIEWS, *(f"{view}:VENUE:SYMBOL" for view in SYMBOL_VIEWS)]

Make = Callable[[], Awaitable[dict[str, Any]]]


class Frame:
    """One view as JSON text."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.text = ""
        self.made_s = 0.0
        self.asked_s = 0.0


class Live:
    """The stream and its one-shot form."""

    def __init__(self, site: Site, health: HealthApi, smart_money: SmartMoneyApi) -> None:
        self._site = site
        self._plain: dict[str, Make] = {
            "large-orders": self._large_orders,
            "smart-money": smart_money.view,
            "health": health.view,
            "pipeline": self._pipeline,
        }
        self._frames: dict[str, Frame] = {}
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
                "The same every second, as server-sent events; each event is one frame",
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
        """Every view asked for, once a second."""
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
        while not self._ending.is_set():
            for view in views:
                yield await self._frame(view)
            with suppress(TimeoutError):
                async with asyncio.timeout(STREAM_INTERVAL_S):
                    await self._ending.wait()

    async def _frame(self, view: str) -> str:
        """Return a view as JSON text, made once for all who watch."""
        now_s = time.monotonic()
        for name in [n for n, frame in self._frames.items() if now_s - frame.asked_s > FORGET_S]:
            if not self._frames[name].lock.locked():
                del self._frames[name]
        frame = self._frames.setdefault(view, Frame())
        frame.asked_s = now_s
        async with frame.lock:
            if not frame.text or time.monotonic() - frame.made_s >= STREAM_INTERVAL_S / 2:
                frame.text = dumps({"view": view, **await self._document(view)})
                frame.made_s = time.monotonic()
            return frame.text

    async def _document(self, view: str) -> dict[str, Any]:
        try:
            if view in self._plain:
                return await self._plain[view]()
            kind, venue, symbol = view.split(":")
            tail = await self._site.tails.of((venue, symbol))
        except StoreError as error:
            document: dict[str, Any] = {"error": str(error)}
            return {**document, "pipeline": await self._pipeline()} if ":" not in view else document
        if tail is None:
            return {"error": f"nothing is known of {symbol} at {venue}"}
        return tail.market() if kind == "market" else tail.flow_columns()

    async def _large_orders(self) -> dict[str, Any]:
        figures = await self._pipeline()
        head = {"impact_threshold": self._site.impact_threshold, "pipeline": figures}
        try:
            snapshot = await self._site.snapshots.current()
        except StoreError as error:
            return {"error": str(error), "pipeline": figures}
        return {**head, **snapshot.status()}

    async def _pipeline(self) -> dict[str, Any]:
        return await self._site.figures()


def _views(request: web.Request) -> list[str]:
    """Return the views that a request names. Raises BadParameterError."""
    views = list(dict.fromkeys(parse(LiveParams, request.query).views.split(",")))
    if len(views) > MOST_VIEWS:
        raise BadParameterError("views", f"parameter views: more than {MOST_VIEWS}", ALLOWED)
    for view in views:
        kind, *parts = view.split(":")
        if view not in PLAIN_VIEWS and not (kind in SYMBOL_VIEWS and len(parts) == 2):
            raise BadParameterError("views", f"parameter views: unknown view {view!r}", ALLOWED)
    return views
