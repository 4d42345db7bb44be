"""`/metrics`, `/healthz` and `/readyz`: beside the page, and on a port of their own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from processors.ops.vitals import Vitals

Faults = Callable[[], Awaitable[list[str]]]


def status_app(vitals: Vitals) -> web.Application:
    """Return an application with all three.

    `/healthz` tells whether a restart would help, `/readyz` whether what is given out now is good.
    """
    app = web.Application()
    app.router.add_get("/healthz", _probe(vitals.unhealthy, "healthy"))
    add_status_routes(app, vitals)
    return app


def add_status_routes(app: web.Application, vitals: Vitals) -> None:
    """Add `/metrics` and `/readyz`; the page has a `/healthz` of its own."""

    async def show_metrics(_: web.Request) -> web.Response:
        return web.Response(
            body=await vitals.metrics(), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )

    app.router.add_get("/metrics", show_metrics)
    app.router.add_get("/readyz", _probe(vitals.unready, "ready"))


def _probe(faults: Faults, word: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(_: web.Request) -> web.Response:
        found = await faults()
        return web.json_response({word: not found, "reasons": found}, status=503 if found else 200)

    return handle
