"""How answers are sent: JSON, headers, and errors as JSON that name the cure."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiohttp import web

from dashboards.web.api.params import BadParameterError
from schemas.clickhouse.errors import StoreError

HEADERS: Final = {
    "Content-Security-Policy": (
        # The chart library places its labels by style attributes and draws heat maps as images.
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def dumps(value: Any) -> str:
    """Return compact JSON. Raises ValueError for a number that JSON does not have."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def json_response(value: Any, status: int = 200) -> web.Response:
    """Return `value` as JSON."""
    return web.json_response(text=dumps(value), status=status)


async def add_headers(_: web.Request, response: web.StreamResponse) -> None:
    """Set the headers that every answer has, where it has none of its own."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)


@web.middleware
async def errors_as_json(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Turn what a user can cause into JSON: an error, and what would have been right."""
    try:
        return await handler(request)
    except BadParameterError as error:
        return json_response(error.document(), status=error.status)
    except StoreError as error:
        return json_response({"error": str(error)}, status=503)
    except web.RequestPayloadError:
        words = "the body is not what its headers say: Content-Encoding, or its length"
        return json_response({"error": words}, status=400)
    except web.HTTPClientError as error:
        return json_response({"error": f"{error.reason}: {request.path}"}, status=error.status)
