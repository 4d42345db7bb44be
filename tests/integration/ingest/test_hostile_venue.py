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
from ingest.rest_api.budget import DEFAULT_BAN_S
from ingest.rest_api.client import MAX_PAUSE_S, RestClient, RestError
from ingest.service import rest_client
from ingest.venues.registry import venue_of
from ingest.venues.rest_rules import RestRequest
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


FAR_AHEAD = "Fri, 31 Dec 9999 23:59:59 GMT"
PAUSES_S = {"nan": 60, "inf": 60, "1e400": 60, "-1": 60, "-5": 60, "soon": 60, "": 60} | {
    "1e300": MAX_PAUSE_S,
    "99999999999": MAX_PAUSE_S,
    FAR_AHEAD: MAX_PAUSE_S,
    "Thu, 01 Jan 1970 00:00:00 GMT": 0,
    "7": 7,
}


@pytest.mark.parametrize(("status", "default_s"), [(429, 60), (403, 60), (418, DEFAULT_BAN_S)])
@pytest.mark.parametrize("pause", PAUSES_S)
async def test_any_retry_after_is_a_bounded_wait_and_told(
    tmp_path: Path, status: int, default_s: float, pause: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=status, headers={"Retry-After": pause})

    wanted_s = default_s if (is_default := PAUSES_S[pause] == 60) else PAUSES_S[pause]
    async with serving(answer) as address, client_of(address, tmp_path) as (rest, settings):
        with pytest.raises(RestError, match=f"HTTP {status}"):
            await rest.get(ASK)
        remaining_s = BanFile(tmp_path, settings.rest_url).remaining_s()
    assert remaining_s == pytest.approx(wanted_s, abs=5)
    assert f"answered {status}: no REST request for {wanted_s:.0f} s" in caplog.text
    assert ("states no wait" in caplog.text) is is_default


@pytest.mark.parametrize("weight", ["nan", "inf", "-inf", "1e400", "9" * 400, "x", "12/2400", ""])
async def test_a_weight_that_is_none_is_told_once_and_changes_nothing(
    tmp_path: Path, weight: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=b"{}", headers={"X-MBX-USED-WEIGHT-1M": weight})

    async with serving(answer) as address, client_of(address, tmp_path) as (rest, _):
        for _ in range(3):
            assert await rest.get(ASK) == b"{}"
        assert rest.weight_reported_max == 0
    assert caplog.text.count("is no weight") == 1


@pytest.mark.parametrize(("weight", "counted"), [("-3", 0), ("7", 7), ("1e30", 1_000_000)])
async def test_a_weight_is_bounded(tmp_path: Path, weight: str, counted: int) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=b"{}", headers={"X-MBX-USED-WEIGHT-1M": weight})

    async with serving(answer) as address, client_of(address, tmp_path) as (rest, _):
        assert await rest.get(ASK) == b"{}"
        assert rest.weight_reported_max == counted


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
