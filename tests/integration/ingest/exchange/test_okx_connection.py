"""What OKX asks of a connection, and the checksum that proved its books until June 2026."""

import asyncio
import json
import zlib
from typing import Any

from websockets.asyncio.client import ClientConnection

from ingest.exchange.config import ExchangeConfig
from tests.support.servers.exchange import Running, running

SYMBOL = "BTC-USDT-SWAP"
PATH = "/ws/v5/public"
SILENCE_S = 0.5


def config(**values: Any) -> ExchangeConfig:
    return ExchangeConfig(venue="okx_swap", symbols=(SYMBOL,), **values)


async def subscribe(socket: ClientConnection) -> None:
    argument = {"channel": "books", "instId": SYMBOL}
    await socket.send(json.dumps({"op": "subscribe", "args": [argument]}))
    assert json.loads(await socket.recv())["event"] == "subscribe"


async def proved_books(exchange: Running, count: int) -> list[tuple[int, int]]:
    """Return the checksum of each frame, and that of the book kept here."""
    sides: tuple[dict[str, str], dict[str, str]] = ({}, {})
    found: list[tuple[int, int]] = []
    async with exchange.websocket(PATH) as socket:
        await subscribe(socket)
        while len(found) < count:
            (data,) = json.loads(await socket.recv())["data"]
            for side, levels in zip(sides, (data["bids"], data["asks"]), strict=True):
                side |= {price: qty for price, qty, _, _ in levels}
                for price in [price for price, qty in side.items() if float(qty) == 0]:
                    del side[price]
            bids, asks = (sorted(side.items(), key=lambda level: float(level[0])) for side in sides)
            best = zip(reversed(bids[-25:]), asks[:25], strict=True)
            text = ":".join(":".join(level) for pair in best for level in pair)
            signed = int.from_bytes(zlib.crc32(text.encode()).to_bytes(4), signed=True)
            found.append((data["checksum"], signed))
    return found


async def test_each_frame_proves_the_book_if_that_is_asked_for() -> None:
    async with running(config(checksums=True, speed=20)) as exchange:
        found = await proved_books(exchange, 60)
    assert all(stated == kept for stated, kept in found)
    assert len({stated for stated, _ in found}) > 30


async def test_the_checksum_is_0_as_it_is_now() -> None:
    async with running(config(speed=20)) as exchange:
        found = await proved_books(exchange, 5)
    assert {stated for stated, _ in found} == {0}


async def test_a_silent_connection_is_closed_unless_the_client_pings() -> None:
    async with (
        running(config(silence_s=SILENCE_S)) as exchange,
        exchange.websocket(PATH) as silent,
        exchange.websocket(PATH) as pinging,
    ):
        ended = asyncio.create_task(silent.wait_closed())
        while not ended.done():
            await pinging.send("ping")
            assert await pinging.recv() == "pong"
            await asyncio.wait((ended,), timeout=SILENCE_S / 5)
        assert silent.close_code == 4004
        assert silent.close_reason == "No data received in 0.5s."
        await pinging.send("ping")
        assert await pinging.recv() == "pong"


async def test_frames_keep_a_connection_open() -> None:
    async with (
        running(config(silence_s=SILENCE_S, speed=20)) as exchange,
        exchange.websocket(PATH) as told,
        exchange.websocket(PATH) as silent,
    ):
        await subscribe(told)
        ended = asyncio.create_task(silent.wait_closed())
        while not ended.done():
            assert "books" in str(await told.recv())
        assert "books" in str(await told.recv())
