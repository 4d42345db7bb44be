"""The live page and its JSON API."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from dashboards.reader import StoreReader
from dashboards.web.footer import Footer
from dashboards.web.snapshot import Snapshots
from schemas.clickhouse.errors import StoreError
from schemas.settings import Settings

ASSETS: Final = Path(__file__).with_name("assets")
STREAM_INTERVAL_S: Final = 1.0
PIPELINE_TIMEOUT_S: Final = 2.0
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}

PipelineStatus = Callable[[], Awaitable[dict[str, Any]]]

log = logging.getLogger(__name__)


def create_app(settings: Settings, pipeline_status: PipelineStatus) -> web.Application:
    """Return the application; it reads the store with clients of its own.

    `pipeline_status` returns the pipeline's report about itself as JSON values.
    """
    site = _Site(settings, pipeline_status)
    app = web.Application(middlewares=[_errors_as_json])
    app.on_response_prepare.append(_add_headers)
    app.on_shutdown.append(site.end_streams)
    app.on_cleanup.append(site.close)
    app.router.add_get("/", _to_page)
    app.router.add_get("/large-orders", _page)
    app.router.add_get("/healthz", site.health)
    app.router.add_get("/api/v1/large-orders/status", site.status)
    app.router.add_get("/api/v1/large-orders/detect", site.detect)
    app.router.add_get("/api/v1/large-orders/stream", site.stream)
    app.router.add_get("/api/v1/pipeline/status", site.pipeline)
    app.router.add_static("/assets/", ASSETS)
    return app


class _Site:
    """The handlers and what they share."""

    def __init__(self, settings: Settings, pipeline_status: PipelineStatus) -> None:
        self._reader = StoreReader(settings.clickhouse)
        self._snapshots = Snapshots(self._reader)
        self._pipeline_status = pipeline_status
        self._impact_threshold = settings.engine.classify.impact_ratio
        self._ending = asyncio.Event()
        self._footer = Footer()
        self._frame = ""
        self._frame_s = 0.0
        self._frame_lock = asyncio.Lock()

    async def health(self, _: web.Request) -> web.Response:
        """200 while the store answers."""
        await self._snapshots.current()
        return _json({"status": "ok"})

    async def status(self, _: web.Request) -> web.Response:
        """All symbols with their orders."""
        snapshot = await self._snapshots.current()
        return _json({"impact_threshold": self._impact_threshold, **snapshot.status()})

    async def detect(self, request: web.Request) -> web.Response:
        """One symbol with its orders and the evidence."""
        symbol = request.query.get("symbol", "").strip().upper()
        venue = request.query.get("venue")
        snapshot = await self._snapshots.current()
        if not symbol:
            return _json(
                {"error": "parameter symbol is missing", "symbols": snapshot.symbols}, status=400
            )
        found = snapshot.find(symbol, venue)
        if not found:
            at = f" at venue {venue}" if venue else ""
            message = f"unknown symbol {symbol}{at}"
            return _json({"error": message, "symbols": snapshot.symbols}, status=404)
        if len(found) > 1:
            venues = [state.venue for state in found]
            message = f"{symbol} trades at several venues: add the parameter venue"
            return _json({"error": message, "venues": venues}, status=400)
        return _json({"impact_threshold": self._impact_threshold, **found[0].detail()})

    async def pipeline(self, _: web.Request) -> web.Response:
        """The pipeline's report about itself."""
        return _json(await self._pipeline_status())

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """The state of everything once a second, as server-sent events."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        # A browser that lost the connection comes back after this time.
        await response.write(b"retry: 1000\n\n")
        with suppress(ConnectionResetError):
            async for frame in self._frames():
                await response.write(f"data: {frame}\n\n".encode())
        return response

    async def end_streams(self, _: web.Application) -> None:
        """Let every open stream end, so that the server need not wait for them."""
        self._ending.set()

    async def close(self, _: web.Application) -> None:
        """Close the clients of the store."""
        await self._reader.close()

    async def _frames(self) -> AsyncIterator[str]:
        while not self._ending.is_set():
            yield await self._current_frame()
            with suppress(TimeoutError):
                async with asyncio.timeout(STREAM_INTERVAL_S):
                    await self._ending.wait()

    async def _current_frame(self) -> str:
        """Return the state as JSON text, made once for all who watch."""
        async with self._frame_lock:
            if not self._frame or time.monotonic() - self._frame_s >= STREAM_INTERVAL_S / 2:
                self._frame = _dumps(await self._state())
                self._frame_s = time.monotonic()
            return self._frame

    async def _state(self) -> dict[str, Any]:
        footer = await self._figures()
        try:
            snapshot = await self._snapshots.current()
        except StoreError as error:
            return {"error": str(error), "pipeline": footer}
        head = {"impact_threshold": self._impact_threshold, "pipeline": footer}
        return {**head, **snapshot.status()}

    async def _figures(self) -> dict[str, Any]:
        try:
            async with asyncio.timeout(PIPELINE_TIMEOUT_S):
                status = await self._pipeline_status()
        except Exception:
            # Whatever the pipeline suffers from, the orders are still worth showing.
            log.exception("no pipeline status")
            return {"error": "the pipeline does not answer"}
        return self._footer.figures(status, time.monotonic())


async def _to_page(_: web.Request) -> web.Response:
    raise web.HTTPFound("/large-orders")


async def _page(_: web.Request) -> web.FileResponse:
    return web.FileResponse(ASSETS / "large-orders.html")


async def _add_headers(_: web.Request, response: web.StreamResponse) -> None:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)


@web.middleware
async def _errors_as_json(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        return await handler(request)
    except StoreError as error:
        return _json({"error": str(error)}, status=503)
    except web.HTTPClientError as error:
        return _json({"error": f"{error.reason}: {request.path}"}, status=error.status)


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _json(value: Any, status: int = 200) -> web.Response:
    return web.json_response(text=_dumps(value), status=status)
