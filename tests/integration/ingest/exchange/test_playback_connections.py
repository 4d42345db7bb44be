"""A playback and its connections: lossless for a slow one, ended with 4001 for all."""

import json
from pathlib import Path

from aiohttp import WSMsgType

from tests.integration.ingest.exchange.playback import (
    AFTER,
    BEFORE,
    END,
    MARKET,
    PUBLIC,
    SNAPSHOT,
    config,
    diff,
    finished,
    long_capture,
    read_all,
    stalled,
    trade,
    write_capture,
)
from tests.support.servers.exchange import raw_websocket, running


async def test_pong_comes_after_the_frames_before_it(tmp_path: Path) -> None:
    file = long_capture(tmp_path)
    async with (
        running(config(file, queue_frames=300)) as exchange,
        exchange.session.ws_connect(exchange.ready["rest_url"] + PUBLIC, autoping=False) as public,
        exchange.websocket(MARKET),
    ):
        await exchange.get("/fapi/v1/depth", symbol="BTCUSDT", limit=1000)
        played = await stalled(exchange)
        await public.ping()
        received = 0
        while (await public.receive(5)).type is WSMsgType.TEXT:
            received += 1
    # Two lines, the trade and the snapshot, are no depth frames.
    assert received >= played - 2


async def test_connection_after_the_end_is_closed_with_4001(tmp_path: Path) -> None:
    file = write_capture(tmp_path / "c.gz", [*BEFORE, SNAPSHOT])
    async with running(config(file)) as exchange:
        async with exchange.websocket(PUBLIC) as public, exchange.websocket(MARKET):
            await exchange.get("/fapi/v1/depth", symbol="BTCUSDT", limit=1000)
            await read_all(public)
        await finished(exchange)
        async with exchange.websocket(PUBLIC) as late:
            assert await read_all(late) == ([], END)


async def test_clients_that_left_do_not_disturb_the_end(tmp_path: Path) -> None:
    diffs = [diff(20 + n, 20 + n, 19 + n) for n in range(500)]
    file = write_capture(tmp_path / "c.gz", [BEFORE[0], trade(1), SNAPSHOT, *diffs])
    async with running(config(file, queue_frames=2)) as exchange:
        async with exchange.websocket(PUBLIC) as public, exchange.websocket(MARKET):
            for _ in range(5):
                async with exchange.websocket(PUBLIC) as leaver:
                    leaver.transport.abort()
            await exchange.get("/fapi/v1/depth", symbol="BTCUSDT", limit=1000)
            for _ in range(100):
                await public.recv()
            leaver = await exchange.websocket(PUBLIC)
            leaver.transport.abort()
            assert (await read_all(public))[1] == END
        assert (await finished(exchange))["connections"] == 0


async def test_stop_does_not_wait_for_a_client_that_ignores_the_end(tmp_path: Path) -> None:
    file = write_capture(tmp_path / "c.gz", [*BEFORE, SNAPSHOT, *AFTER])
    async with running(config(file)) as exchange, exchange.websocket(MARKET) as market:
        deaf = await raw_websocket(exchange, PUBLIC)
        await exchange.get("/fapi/v1/depth", symbol="BTCUSDT", limit=1000)
        assert (await read_all(market))[1] == END
        status = await exchange.status()
        assert (status["finished"], status["connections"]) == (False, 1)
        # The end of the block sees to it that the exchange stops in time.
    deaf[1].close()


async def test_slow_reader_loses_nothing_at_full_speed(tmp_path: Path) -> None:
    file = long_capture(tmp_path)
    async with (
        running(config(file, queue_frames=8)) as exchange,
        exchange.websocket(PUBLIC, max_queue=1) as public,
        exchange.websocket(MARKET),
    ):
        await exchange.get("/fapi/v1/depth", symbol="BTCUSDT", limit=1000)

        async def pause(count: int) -> None:
            if count % 200 == 0:
                await stalled(exchange)

        frames, code = await read_all(public, pause)
    ids = [json.loads(frame)["data"]["u"] for frame in frames]
    assert code == END
    assert ids == [10, *range(20, 1_520)]
