"""The OpenAPI document, made of the same routes and models that serve."""

from __future__ import annotations

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from dashboards.web.answers.base import ErrorAnswer
from dashboards.web.api.routes import Route
from dashboards.web.http import dumps
from schemas.kafka.asyncapi import asyncapi
from schemas.settings import KafkaSettings

VERSION: Final = "1"
REFERENCE: Final = "#/components/schemas/{model}"
_PATH_NAME: Final = re.compile(r"{(\w+)}")


def openapi(routes: Sequence[Route]) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of routes."""
    models: list[type[BaseModel]] = [ErrorAnswer]
    models += [route.answer for route in routes if route.answer is not None]
    models += [route.body for route in routes if route.body is not None]
    unique = list(dict.fromkeys(models))
    _, definitions = models_json_schema(
        [(model, "serialization") for model in unique], ref_template=REFERENCE
    )
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "wallwatch",
            "version": VERSION,
            "description": (
                "Large resting orders, flow and what the large money does. Times are venue times "
                "in ms since the epoch; usd is US dollars, the quote currency where quote_usd is "
                "null; prices are in quote currency, quantities in base currency."
            ),
        },
        "paths": paths,
        "components": {
            "schemas": definitions["$defs"],
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


class OpenApi:
    """Serves the document, made when it is first asked for."""

    def __init__(self, routes: Sequence[Route], kafka: KafkaSettings) -> None:
        own = Route("/api/v1/openapi.json", self.serve, "This document")
        topics = Route("/api/v1/asyncapi.json", self.serve_topics, "All topics, as AsyncAPI 3")
        self.routes = [*routes, own, topics]
        self._kafka = kafka
        self._text: str | None = None

    async def serve(self, _: web.Request) -> web.Response:
        """The document."""
        if self._text is None:
            self._text = dumps(openapi(self.routes))
        return web.json_response(text=self._text)

    async def serve_topics(self, _: web.Request) -> web.Response:
        """The document of the topics."""
        return web.json_response(text=dumps(asyncapi(self._kafka)))


def _operation(route: Route) -> dict[str, Any]:
    content: dict[str, Any] = {"schema": {"type": "string"}}
    if route.answer is not None:
        content = {"schema": {"$ref": REFERENCE.format(model=route.answer.__name__)}}
    elif route.media == "application/json":
        content = {"schema": {"type": "object"}}
    statuses = {503, *route.errors, *([400] if route.params else [])}
    failures = {str(status): _failure(status) for status in sorted(statuses)}
    answers = {"200": {"description": "The answer", "content": {route.media: content}}}
    operation: dict[str, Any] = {
        "summary": route.summary,
        "parameters": _parameters(route),
        "responses": {**answers, **failures},
    }
    if route.example is not None:
        taken = {} if route.body is None else {"$ref": REFERENCE.format(model=route.body.__name__)}
        body = {"schema": taken, "example": route.example}
        operation["requestBody"] = {"required": True, "content": {"application/json": body}}
    if route.secured:
        operation["security"] = [{"token": []}]
    return operation


def _failure(status: int) -> dict[str, Any]:
    return {
        "description": HTTPStatus(status).phrase,
        "content": {
            "application/json": {"schema": {"$ref": REFERENCE.format(model="ErrorAnswer")}}
        },
    }


def _parameters(route: Route) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PATH_NAME.findall(route.path)
    ]
    if route.params is None:
        return found
    schema = route.params.model_json_schema()
    definitions = schema.get("$defs", {})
    for name, parameter in schema["properties"].items():
        described = {key: value for key, value in parameter.items() if key != "description"}
        found.append(
            {
                "name": name,
                "in": "query",
                "required": name in schema.get("required", ()),
                "description": parameter.get("description", ""),
                "schema": _inlined(described, definitions),
            }
        )
    return found


def _inlined(schema: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_inlined(item, definitions) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return definitions[schema["$ref"].rpartition("/")[2]]
    return {key: _inlined(value, definitions) for key, value in schema.items() if key != "title"}
