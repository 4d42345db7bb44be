"""A route of the HTTP API with what it takes and gives: served and documented from one place."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web
from pydantic import BaseModel, JsonValue

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one path."""

    path: str
    """With names of path parameters in braces."""
    handler: Handler
    summary: str
    params: type[BaseModel] | None = None
    """Query parameters."""
    answer: type[BaseModel] | None = None
    """Model of a JSON answer with status 200; None for other media or where there is none."""
    media: str = "application/json"
    method: str = "GET"
    errors: tuple[int, ...] = ()
    """Statuses other than 200, 400 and 503 that it may give."""
    body: type[BaseModel] | None = None
    """Model of the JSON body that it takes; None: a value of the example's kind, or no body."""
    example: JsonValue = None
    """A body that it takes; None: it takes none."""
    secured: bool = False
    """Whether it needs the token."""


def register(app: web.Application, routes: list[Route]) -> None:
    """Add routes to the application."""
    for route in routes:
        app.router.add_route(route.method, route.path, route.handler)
