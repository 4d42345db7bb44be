"""`/metrics`, `/healthz` and `/readyz`."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from ingest.errors import IngestError

SHUTDOWN_S: Final = 0.2

Faults = Callable[[], list[str]]
"""Returns the faults, one line each; empty: none."""


@asynccontextmanager
async def status_server(
    host: str, port: int, metrics: Callable[[], bytes], unhealthy: Faults, unready: Faults
) -> AsyncIterator[str]:
    """Serve within the context; yields the address. Raises IngestError if the port is in use.

    `/healthz`: liveness (would a restart help?); `/readyz`: are the data valid now?
    """

    async def show_metrics(request: web.Request) -> web.Response:
        return web.Response(body=metrics(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    def show(faults: Faults, word: str) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            found = faults()
            status = 503 if found else 200
            return web.json_response({word: not found, "reasons": found}, status=status)

        return handle

    app = web.Application()
    app.router.add_get("/metrics", show_metrics)
    app.router.add_get("/healthz", show(unhealthy, "healthy"))
    app.router.add_get("/readyz", show(unready, "ready"))
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_S)
    await runner.setup()
    try:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, port))
        except OSError as error:
            listener.close()
            raise IngestError(
                f"port {port} on {host} cannot be used ({error.strerror}): set "
                "ingest.metrics_port to another or to 0 for a free one"
            ) from None
        await web.SockSite(runner, listener).start()
        yield f"http://{host}:{listener.getsockname()[1]}"
    finally:
        await asyncio.shield(runner.cleanup())
