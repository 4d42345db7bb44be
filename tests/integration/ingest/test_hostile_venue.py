"""What a hostile or broken server may answer: refused, bounded, and told in one line."""

import gzip
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from ingest.connections.connection import Connection, ConnectionEnd
from ingest.rest_api.ban_file import BanFile
from ingest.rest_api.body import BodyError, decompressed
from ingest.rest_api.client import MAX_PAUSE_S, RestClient, RestError
from ingest.service import rest_client
from ingest.venues.base import RestRequest
from ingest.venues.registry import venue_of
from schemas.settings import IngestSettings

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
ASK = RestRequest("/x", 1)


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    """Serve every path by `handler`; gives HOST:PORT."""
    app = web.Application()
    app.router.add_get("/{path:.*}", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        host, port = runner.addresses[0]
        yield f"{host}:{port}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def client_of(address: str, folder: Path) -> AsyncIterator[tuple[RestClient, IngestSettings]]:
    settings = IngestSettings(rest_url=f"http://{address}", state_dir=folder)
    async with rest_client(venue_of(settings), settings) as (rest, _):
        yield rest, settings


async def test_a_redirect_to_another_host_is_refused_over_rest_and_websocket(
    tmp_path: Path,
) -> None:
    asked: list[str] = []

    async def other(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(body=b"{}")

    async with serving(other) as elsewhere:

        async def redirect(request: web.Request) -> web.Response:
            return web.Response(status=302, headers={"Location": f"http://{elsewhere}/x"})

        async with serving(redirect) as address, client_of(address, tmp_path) as (rest, _):
            with pytest.raises(RestError, match=r"redirect to http://127.0.0.1:[0-9]+/x refused"):
                await rest.get(ASK)

            async def ignore(raw: bytes, received_ns: int) -> None:
                raise AssertionError(raw)

            result = await Connection(f"ws://{address}/ws", ignore, lambda: None).run()
            assert result.end is ConnectionEnd.FAILED
    assert asked == []


async def test_a_gzip_bomb_is_refused_and_a_sound_answer_read(tmp_path: Path) -> None:
    bodies = {"bomb": gzip.compress(b"0" * (65 << 20)), "sound": gzip.compress(b"{}")}

    async def answer(request: web.Request) -> web.Response:
        body = bodies[request.path.strip("/")]
        return web.Response(body=body, headers={"Content-Encoding": "gzip"})

    async with serving(answer) as address, client_of(address, tmp_path) as (rest, _):
        with pytest.raises(RestError, match="once decompressed"):
            await rest.get(RestRequest("/bomb", 1))
        assert await rest.get(RestRequest("/sound", 1)) == b"{}"


@pytest.mark.parametrize("weight", ["nan", "inf", "-inf", "1e400", "-3", "x", "1e30"])
@pytest.mark.parametrize("pause", ["nan", "inf", "1e300", "-1", "soon"])
async def test_numbers_in_headers_are_finite_and_bounded(
    tmp_path: Path, weight: str, pause: str
) -> None:
    async def answer(request: web.Request) -> web.Response:
        headers = {"X-MBX-USED-WEIGHT-1M": weight, "Retry-After": pause}
        return web.Response(status=429, headers=headers)

    async with serving(answer) as address, client_of(address, tmp_path) as (rest, settings):
        with pytest.raises(RestError, match="HTTP 429"):
            await rest.get(ASK)
        assert 0 <= rest.weight_reported_max <= 1_000_000
        assert 0 <= BanFile(tmp_path, settings.rest_url).remaining_s() <= MAX_PAUSE_S


def test_compression_is_bounded_and_must_be_whole() -> None:
    plain = b"x" * 1_000
    assert decompressed(gzip.compress(plain), "gzip", 1_000) == plain
    assert decompressed(zlib.compress(plain), "deflate", 1_000) == plain
    for body, encoding, reason in (
        (gzip.compress(plain), "gzip", "more than 999"),
        (gzip.compress(b"short")[:-5], "gzip", "too early"),
        (b"no gzip", "gzip", "broken gzip"),
        (plain, "br", "unknown Content-Encoding"),
    ):
        with pytest.raises(BodyError, match=reason):
            decompressed(body, encoding, 999)
