"""Reads the HTTP API of a running page."""

from __future__ import annotations

import json
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp

from schemas.client.errors import ClientError
from schemas.http.proxy import proxy_of

TIMEOUT_S: Final = 120
"""The scorecard of a long history takes seconds, a query up to 20 s."""


def page_url(text: str) -> str:
    """Return the address without what follows the port. Raises ClientError if it is none."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ClientError(
            f"{text} is no address of a page: expected http(s)://HOST:PORT, as `up` prints it"
        )
    return f"{parts.scheme}://{parts.netloc}"


class PageApi:
    """The API at one address; every failure is a ClientError with the page's words or the cure."""

    def __init__(self, url: str) -> None:
        """`url`: as of `page_url`. Connects with each request, so the page may come later."""
        self._url = url
        self._proxy = proxy_of(url)

    async def get(self, path: str, params: dict[str, Any]) -> dict[str, Any]:
        """Return the answer of a path below /api/v1; parameters that are None are left out."""
        texts = {
            name: str(value).lower() if isinstance(value, bool) else str(value)
            for name, value in params.items()
            if value is not None
        }
        return await self._ask("GET", path, params=texts)

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to a body sent as JSON."""
        return await self._ask("POST", path, json=body)

    async def _ask(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        url = f"{self._url}/api/v1/{path}"
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_S)) as session,
                session.request(method, url, proxy=self._proxy, **request) as reply,
            ):
                status, text = reply.status, await reply.text()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise ClientError(
                f"no answer at {self._url} ({error or type(error).__name__}): start `wallwatch up`,"
                " or give the address of its page, as `up` prints it"
            ) from None
        try:
            document = json.loads(text)
        except ValueError:
            document = None
        if not isinstance(document, dict):
            raise ClientError(f"{url} is no page of wallwatch (status {status}): check the address")
        if status >= 400:
            raise ClientError(_words(document, status))
        return document


def _words(document: dict[str, Any], status: int) -> str:
    """Return the page's own words, with what is allowed where a parameter is wrong."""
    words = str(document.get("error") or f"the page answers with status {status}")
    allowed = document.get("allowed")
    return words if allowed is None else f"{words}; allowed: {json.dumps(allowed)}"
