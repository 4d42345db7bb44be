"""The venue behind a real proxy of the environment: REST and WebSocket both go through it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ingest.connections.connection import Connection, ConnectionResult
from ingest.exchange.config import build_config
from ingest.service import rest_client
from ingest.venues.registry import venue_of
from ingest.watch.symbols import ask_listing
from schemas.settings import IngestSettings
from tests.support.servers.exchange import Running, running
from tests.support.servers.proxy import running_proxy

DEADLINE_S = 10.0
STREAM = "/market/ws/btcusdt@markPrice@1s"


async def listed(settings: IngestSettings) -> bool:
    """Ask the venue for its listing as ingest does."""
    venue = venue_of(settings)
    async with rest_client(venue, settings) as (rest, budget):
        return "BTCUSDT" in await ask_listing(venue, rest, budget, settings.rest_url)


async def first_frame(url: str) -> bytes:
    """Open the stream as ingest does and return what comes first."""
    frame: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def take(raw: bytes, _: int) -> None:
        if not frame.done():
            frame.set_result(raw)

    connection = Connection(url + STREAM, take, lambda: None)
    reading: asyncio.Task[ConnectionResult] = asyncio.create_task(connection.run())
    try:
        await asyncio.wait(
            (reading, frame), timeout=DEADLINE_S, return_when=asyncio.FIRST_COMPLETED
        )
        assert frame.done(), reading.result().detail if reading.done() else "no frame"
        return frame.result()
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


def port_of(exchange: Running) -> int:
    return int(exchange.ready["rest_url"].rpartition(":")[2])


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "all_proxy"])
async def test_the_venue_is_reached_through_the_proxy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str
) -> None:
    async with running(build_config()) as exchange, running_proxy(port_of(exchange)) as proxy:
        monkeypatch.setenv(variable, proxy.url)
        settings = IngestSettings(rest_url="http://venue.test:9999", state_dir=tmp_path)
        assert await listed(settings)
        assert b"markPrice" in await first_frame("ws://venue.test:9999")
    assert [asked for asked in proxy.asked if "exchangeInfo" in asked]
    assert "CONNECT venue.test:9999" in proxy.asked


@pytest.mark.parametrize("variable", ["http_proxy", "https_proxy", "ALL_PROXY"])
async def test_loopback_never_goes_through_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str
) -> None:
    monkeypatch.setenv(variable, "http://127.0.0.1:9")
    async with running(build_config()) as exchange:
        settings = IngestSettings(rest_url=exchange.ready["rest_url"], state_dir=tmp_path)
        assert await listed(settings)
        assert b"markPrice" in await first_frame(exchange.ready["websocket_url"])


async def test_a_proxy_that_is_away_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with pytest.raises(AssertionError, match=r"127\.0\.0\.1"):
        await first_frame("ws://venue.test:9999")


async def test_a_proxy_that_cannot_be_used_ends_a_connection_with_its_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("http_proxy", "foo://x")
    with pytest.raises(AssertionError, match="http_proxy is not"):
        await first_frame("ws://venue.test:9999")
