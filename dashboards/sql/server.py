"""ClickHouse's HTTP interface of the embedded store: `/`, `/ping`, read-only.

Protocol: https://clickhouse.com/docs/interfaces/http
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from aiohttp import web

from dashboards.sql.blocks import packed, unpacked
from dashboards.sql.compression import PACK, encoding_for, unpacked_lz4
from dashboards.sql.engine import ReadOnlyEngine, SqlAnswer
from dashboards.sql.errors import Problem, SqlError, refusal
from dashboards.sql.http_query import OF_THE_BODY, HttpQuery, http_query, is_yes
from dashboards.sql.native import for_protocol
from dashboards.web.rebinding import host_check
from schemas.clickhouse.connect import CHDB_PREFIX
from schemas.settings import Settings

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

MOST_BODY_BYTES: Final = 1 << 20
NAME: Final = "wallwatch"
MEDIA: Final = {
    "json": "application/json; charset=UTF-8",
    "csv": "text/csv; charset=UTF-8; header=absent",
    "csvwithnames": "text/csv; charset=UTF-8; header=present",
    "xml": "application/xml; charset=UTF-8",
    "html": "text/html; charset=UTF-8",
}
TEXT: Final = "text/plain; charset=UTF-8"
TSV: Final = "text/tab-separated-values; charset=UTF-8"
BYTES: Final = "application/octet-stream"
BINARY: Final = ("native", "rowbinary", "parquet", "arrow", "orc", "avro", "msgpack", "bson")


def serves_sql(settings: Settings) -> bool:
    """Whether a worker with these settings answers SQL: its store has no interface of its own."""
    return settings.sql.enabled and settings.clickhouse.url.startswith(CHDB_PREFIX)


def sql_app(settings: Settings) -> web.Application:
    """Return the application that answers SQL; the store must be open in this process."""
    server = _SqlServer(ReadOnlyEngine(settings))
    app = web.Application(
        middlewares=[host_check(settings.web.allowed_hosts), server.say_errors],
        client_max_size=MOST_BODY_BYTES,
    )
    app.router.add_get("/ping", server.ping)
    app.router.add_get("/replicas_status", server.ping)
    app.router.add_get("/", server.answer)
    app.router.add_post("/", server.answer)
    app.on_shutdown.append(server.close)
    return app


class _SqlServer:
    def __init__(self, engine: ReadOnlyEngine) -> None:
        self._engine = engine

    async def ping(self, _: web.Request) -> web.Response:
        return web.Response(text="Ok.\n")

    async def answer(self, request: web.Request) -> web.Response:
        values, body = await _contents(request)
        if not values and not body:
            return web.Response(text="Ok.\n")
        query = http_query(values, body, request.headers, is_get=request.method != "POST")
        answer = await self._engine.ask(query.question)
        return await asyncio.to_thread(_response, request, query, answer)

    @web.middleware
    async def say_errors(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except SqlError as error:
            return self._error(error, request)
        except web.RequestPayloadError:
            words = "The body is not what its headers say: Content-Encoding, or its length"
            return self._error(refusal(Problem.CANNOT_DECOMPRESS, words), request)
        except web.HTTPRequestEntityTooLarge:
            return self._error(_too_large(), request)
        except web.HTTPNotFound:
            words = f"There is no handle {request.path[:80]}: queries go to /, /ping says Ok.\n"
            return web.Response(status=404, text=words)
        except web.HTTPMethodNotAllowed:
            return web.Response(status=405, text="GET /?query= or POST the query\n")

    async def close(self, _: web.Application) -> None:
        await self._engine.close()

    def _error(self, error: SqlError, request: web.Request) -> web.Response:
        text = error.line(self._engine.version).encode()
        # As on a server: who asked for blocks reads errors in blocks, too.
        in_blocks = is_yes(request.query.get("compress", ""))
        return web.Response(
            status=error.status,
            body=packed(text) if in_blocks else text,
            headers={
                "Content-Type": TEXT,
                "X-ClickHouse-Server-Display-Name": NAME,
                "X-ClickHouse-Exception-Code": str(error.code),
            },
        )


async def _contents(request: web.Request) -> tuple[list[tuple[str, str]], str]:
    """Return the values of URL and form, and the body. Raises SqlError."""
    values = list(request.query.items())
    if request.content_type == "multipart/form-data":
        for name, value in (await request.post()).items():
            if not isinstance(value, str):
                words = f"External data is not accepted: the field {name[:40]!r} is a file"
                raise refusal(Problem.ACCESS_DENIED, words)
            values.append((name, value))
        return values, ""
    body = await asyncio.to_thread(_unpacked, request, await request.read())
    try:
        return values, body.decode()
    except UnicodeDecodeError:
        words = "The body is no UTF-8: queries are text, and data is not accepted in readonly mode"
        raise refusal(Problem.READONLY, words) from None


def _unpacked(request: web.Request, body: bytes) -> bytes:
    if request.headers.get("Content-Encoding", "").lower() == "lz4":
        body = unpacked_lz4(body, MOST_BODY_BYTES)
        if len(body) > MOST_BODY_BYTES:
            raise _too_large()
    if is_yes(request.query.get(OF_THE_BODY, "")):
        body = unpacked(body, MOST_BODY_BYTES)
    return body


def _too_large() -> SqlError:
    words = f"The body has more than {MOST_BODY_BYTES} bytes"
    return refusal(Problem.QUERY_IS_TOO_LARGE, words)


def _response(request: web.Request, query: HttpQuery, answer: SqlAnswer) -> web.Response:
    body = answer.body
    form = answer.format.lower()
    if form == "native":
        body = for_protocol(body, query.protocol_version)
    summary = {
        "read_rows": str(answer.rows_read),
        "read_bytes": str(answer.bytes_read),
        "elapsed_ns": str(answer.elapsed_ns),
    }
    headers = {
        "Content-Type": _media(form),
        "X-ClickHouse-Server-Display-Name": NAME,
        "X-ClickHouse-Query-Id": _header_safe(query.query_id) or str(uuid.uuid4()),
        "X-ClickHouse-Format": _header_safe(answer.format),
        "X-ClickHouse-Timezone": "UTC",
        "X-ClickHouse-Summary": json.dumps(summary),
    }
    if query.in_blocks:
        return web.Response(body=packed(body), headers=headers)
    encoding = encoding_for(request.headers.get("Accept-Encoding", ""))
    # Small ones too, as a server does: JDBC's driver takes for granted what it asked for.
    if encoding is not None and query.may_compress:
        body = PACK[encoding](body)
        headers["Content-Encoding"] = encoding
    return web.Response(body=body, headers=headers)


def _media(form: str) -> str:
    if form.startswith("json"):
        lines = form.endswith(("eachrow", "eachrowwithprogress"))
        return "application/x-ndjson; charset=UTF-8" if lines else MEDIA["json"]
    if form.startswith(("tabseparated", "tsv")):
        return TSV
    if form.startswith(BINARY):
        return BYTES
    return MEDIA.get(form, TEXT)


def _header_safe(text: str | None) -> str:
    """Return what of `text` may stand in a header."""
    kept: Iterable[str] = (char for char in text or "" if char.isascii() and char.isprintable())
    return "".join(kept)[:200]
