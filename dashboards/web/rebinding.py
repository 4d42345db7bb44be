"""Refuses requests to a loopback page under a foreign name: DNS rebinding.

A name of somebody else's may be led to 127.0.0.1 while its page is open in a browser; that page
then reads this one as its own origin. What gives it away is the name in the Host header.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection

from aiohttp import web
from aiohttp.typedefs import Middleware

from dashboards.web.http import json_response
from schemas.http.proxy import is_loopback

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def host_check(allowed: Collection[str]) -> Middleware:
    """Return a middleware that knows the names in `allowed` besides those of loopback."""
    names = {name.lower() for name in allowed}

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        name = _hostname(request.host)
        if _arrived_on_loopback(request) and not is_loopback(name) and name not in names:
            words = f"host name {name} is not allowed: add it to web.allowed_hosts"
            return json_response({"error": words}, status=421)
        return await handler(request)

    return check


def _hostname(host: str) -> str:
    """Return the name in a Host header, without port and brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower()


def _arrived_on_loopback(request: web.Request) -> bool:
    transport = request.transport
    address = None if transport is None else transport.get_extra_info("sockname")
    return isinstance(address, tuple) and is_loopback(str(address[0]))
