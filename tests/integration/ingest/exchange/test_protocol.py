"""The venue's WebSocket and REST rules, over real sockets, on the simulated market."""

import asyncio
import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from ingest.exchange.config import ExchangeConfig
from ingest.exchange.errors import ExchangeError
from tests.support.servers.exchange import Running, raw_websocket, running

FAST = ExchangeConfig(symbols=("BTCUSDT", "ETHUSDT"), speed=5, start_ms=1_700_000_000_000)


def fast(**changes: Any) -> ExchangeConfig:
    return FAST.model_copy(update=changes)


async def receive(socket: ClientConnection) -> Any:
    return json.loads(await asyncio.wait_for(socket.recv(), 5))


async def closed_with(socket: ClientConnection) -> int | None:
    """Read until the server closes; return its code."""
    async with asyncio.timeout(5):
        try:
            while True:
                await socket.recv()
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None


SHAPES = {
    "depth@100ms": {"e", "E", "T", "s", "U", "u", "pu", "b", "a"},
    "bookTicker": {"e", "u", "s", "b", "B", "a", "A", "T", "E"},
    "aggTrade": {"e", "E", "s", "a", "p", "q", "f", "l", "T", "m"},
    "trade": {"e", "E", "T", "s", "t", "p", "q", "X", "m"},
    "markPrice@1s": {"e", "E", "s", "p", "P", "i", "r", "T"},
}


@pytest.mark.parametrize("kind", SHAPES)
async def test_payloads_have_the_venues_fields(kind: str) -> None:
    route = "public" if kind in ("depth@100ms", "bookTicker") else "market"
    stream = f"btcusdt@{kind}"
    async with running(fast()) as exchange:
        async with exchange.websocket(f"/{route}/ws/{stream}") as raw:
            payload = await receive(raw)
        async with exchange.websocket(f"/{route}/stream?streams={stream}") as wrapped:
            frame = await receive(wrapped)
    assert payload.keys() == SHAPES[kind]
    assert frame.keys() == {"stream", "data"}
    assert frame["stream"] == stream
    assert frame["data"].keys() == SHAPES[kind]
    assert payload["s"] == "BTCUSDT"


async def test_wrong_route_acknowledges_and_stays_silent() -> None:
    async with running(fast()) as exchange, exchange.websocket("/public/stream") as socket:
        await socket.send('{"method":"SUBSCRIBE","params":["btcusdt@aggTrade"],"id":1}')
        assert await receive(socket) == {"result": None, "id": 1}
        await socket.send('{"method":"LIST_SUBSCRIPTIONS","id":2}')
        assert await receive(socket) == {"result": ["btcusdt@aggTrade"], "id": 2}
        await socket.send('{"method":"SUBSCRIBE","params":["ethusdt@depth@100ms"],"id":3}')
        assert await receive(socket) == {"result": None, "id": 3}
        frames = [await receive(socket) for _ in range(5)]
    assert {frame["stream"] for frame in frames} == {"ethusdt@depth@100ms"}


async def test_local_book_from_rest_and_stream_equals_a_later_snapshot() -> None:
    def top(side: dict[float, float], best_last: bool) -> list[tuple[float, float]]:
        return sorted(side.items(), reverse=best_last)[:200]

    stream = "/public/ws/ethusdt@depth@0ms"
    async with running(fast()) as exchange, exchange.websocket(stream) as socket:
        first = await receive(socket)
        _, start, _ = await exchange.get("/fapi/v1/depth", symbol="ETHUSDT", limit=1000)
        sides = [{float(p): float(q) for p, q in start[name]} for name in ("bids", "asks")]
        assert first["u"] <= start["lastUpdateId"]
        u, later, applied = None, None, 0
        while later is None or u != later["lastUpdateId"]:
            diff = await receive(socket)
            if diff["u"] < start["lastUpdateId"]:
                continue
            assert u is None or diff["pu"] == u
            u = diff["u"]
            for side, name in zip(sides, ("b", "a"), strict=True):
                side.update({float(p): float(q) for p, q in diff[name]})
                for price in [price for price, qty in side.items() if not qty]:
                    del side[price]
            applied += 1
            if applied == 100:
                _, later, _ = await exchange.get("/fapi/v1/depth", symbol="ETHUSDT", limit=1000)
    for side, name in zip(sides, ("bids", "asks"), strict=True):
        assert top(side, name == "bids") == [(float(p), float(q)) for p, q in later[name][:200]]


@pytest.mark.parametrize("path", ["/ws", "/stream"])
async def test_old_root_carries_public_streams_only(path: str) -> None:
    async with running(fast()) as exchange, exchange.websocket(path) as socket:
        streams = '["btcusdt@aggTrade","btcusdt@bookTicker"]'
        await socket.send(f'{{"method":"SUBSCRIBE","params":{streams},"id":1}}')
        assert await receive(socket) == {"result": None, "id": 1}
        frames = [await receive(socket) for _ in range(5)]
    assert {frame.get("data", frame)["e"] for frame in frames} == {"bookTicker"}


async def test_unsubscribed_streams_fall_silent() -> None:
    async with running(fast()) as exchange:
        path = "/public/stream?streams=btcusdt@depth@0ms/ethusdt@depth@500ms"
        async with exchange.websocket(path) as socket:
            await receive(socket)
            await socket.send('{"method":"UNSUBSCRIBE","params":["btcusdt@depth@0ms"],"id":9}')
            while "id" not in await receive(socket):
                pass
            frames = [await receive(socket) for _ in range(3)]
    assert {frame["stream"] for frame in frames} == {"ethusdt@depth@500ms"}


async def test_bad_requests_are_answered_with_an_error() -> None:
    async with running(fast(streams_per_connection=2)) as exchange:
        async with exchange.websocket("/market/ws") as socket:
            await socket.send("{nonsense")
            assert (await receive(socket))["error"]["code"] == 2
            await socket.send('{"method":"SUBSCRIBE","params":["a@b","c@d","e@f"],"id":4}')
            answer = await receive(socket)
            assert answer["id"] == 4
            assert "more than 2" in answer["error"]["msg"]
        with pytest.raises(InvalidStatus, match="400"):
            async with exchange.websocket("/market/ws/a@b/c@d/e@f"):
                pass


async def test_more_than_ten_messages_a_second_end_the_connection() -> None:
    async with running(fast()) as exchange, exchange.websocket("/market/ws") as socket:
        for number in range(10):
            await socket.send(f'{{"method":"LIST_SUBSCRIPTIONS","id":{number}}}')
        for number in range(10):
            assert (await receive(socket))["id"] == number
        await socket.send('{"method":"LIST_SUBSCRIPTIONS","id":10}')
        assert await closed_with(socket) == 1008


async def test_connection_ends_with_its_lifetime() -> None:
    short = fast(connection_lifetime_s=0.2)
    async with running(short) as exchange, exchange.websocket("/market/ws") as socket:
        assert await closed_with(socket) == 1001


async def test_answered_pings_keep_the_connection() -> None:
    limits = fast(ping_interval_s=0.05, pong_timeout_s=0.2, messages_per_s=100)
    async with running(limits) as exchange, exchange.websocket("/market/ws") as socket:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(socket.recv(), 0.5)
        await socket.send('{"method":"LIST_SUBSCRIPTIONS","id":1}')
        assert (await receive(socket))["id"] == 1


async def test_client_that_does_not_pong_is_disconnected() -> None:
    async with running(fast(ping_interval_s=0.05, pong_timeout_s=0.2)) as exchange:
        reader, writer = await raw_websocket(exchange, "/market/ws", 65_536)
        close_frame = b"\x88\x09\x03\xf0no pong"
        assert await asyncio.wait_for(reader.readuntil(close_frame), 5)
        writer.close()


async def test_slow_client_is_dropped_and_others_go_on() -> None:
    limits = fast(speed=20.0, queue_frames=50)
    path = "/public/ws/btcusdt@depth@0ms"
    async with running(limits) as exchange, exchange.websocket(path) as quick:
        kinds = ("depth@0ms", "depth@100ms", "depth@250ms", "bookTicker")
        many = "/".join(f"{symbol}@{kind}" for symbol in ("btcusdt", "ethusdt") for kind in kinds)
        _, writer = await raw_websocket(exchange, f"/public/ws/{many}", 4_096)
        last, dropped, seen, after_drop = None, False, 0, 0
        async with asyncio.timeout(60):
            while after_drop < 20:
                payload = await receive(quick)
                assert last is None or payload["pu"] == last
                last = payload["u"]
                after_drop += dropped
                seen += 1
                if not dropped and seen % 20 == 0:
                    status = await exchange.status()
                    dropped = (status["closed_slow"], status["connections"]) == (1, 1)
        writer.close()


async def test_rest_answers_and_weights() -> None:
    async with running(fast()) as exchange:
        used = 0
        for path, query, weight in (
            ("ping", {}, 1),
            ("time", {}, 1),
            ("exchangeInfo", {}, 1),
            ("depth", {"symbol": "BTCUSDT", "limit": 5}, 2),
            ("depth", {"symbol": "BTCUSDT", "limit": 100}, 5),
            ("depth", {"symbol": "BTCUSDT"}, 10),
            ("depth", {"symbol": "BTCUSDT", "limit": 1000}, 20),
            ("openInterest", {"symbol": "ETHUSDT"}, 1),
            ("premiumIndex", {"symbol": "ETHUSDT"}, 1),
            ("aggTrades", {"symbol": "ETHUSDT"}, 20),
        ):
            status, body, headers = await exchange.get(f"/fapi/v1/{path}", **query)
            used += weight
            assert status == 200, body
            assert headers["X-MBX-USED-WEIGHT-1M"] == str(used)
            if path == "depth":
                assert len(body["bids"]) == len(body["asks"]) == query.get("limit", 500)
        report = await exchange.status()
    assert report["rest"]["/fapi/v1/depth"] == {"calls": 4, "weight": 37}
    assert report["max_weight_1m"] == used


@pytest.mark.parametrize(
    ("path", "query", "code"),
    [
        ("depth", {"symbol": "NOPE"}, -1121),
        ("depth", {}, -1102),
        ("depth", {"symbol": "BTCUSDT", "limit": 7}, -4021),
        ("depth", {"symbol": "BTCUSDT", "limit": "x"}, -1130),
        ("openInterest", {"symbol": "btcusdt"}, -1121),
    ],
)
async def test_rest_errors_are_the_venues(path: str, query: dict[str, Any], code: int) -> None:
    async with running(fast()) as exchange:
        status, body, _ = await exchange.get(f"/fapi/v1/{path}", **query)
    assert (status, body["code"]) == (400, code)


async def test_overdrawn_weight_is_429_and_then_418() -> None:
    async with running(fast(weight_limit=40, ban_after=2, ban_s=33.0)) as exchange:

        async def depth(exchange: Running) -> tuple[int, dict[str, str]]:
            status, body, headers = await exchange.get(
                "/fapi/v1/depth", symbol="BTCUSDT", limit=1000
            )
            assert status == 200 or body["code"] == -1003
            return status, headers

        answers = [await depth(exchange) for _ in range(6)]
        report = await exchange.status()
    assert [status for status, _ in answers] == [200, 200, 429, 429, 418, 418]
    assert 0 < int(answers[2][1]["Retry-After"]) <= 60
    assert 32 <= int(answers[4][1]["Retry-After"]) <= 33
    assert (report["http_429"], report["http_418"]) == (2, 2)


async def test_port_in_use_is_one_clear_line() -> None:
    async with running(fast()) as exchange:
        port = int(exchange.ready["rest_url"].rsplit(":", 1)[1])
        with pytest.raises(ExchangeError, match=f"port {port}") as error:
            async with running(fast(port=port)):
                pass
    assert "\n" not in str(error.value)


async def test_clients_that_leave_at_once_are_no_error(caplog: pytest.LogCaptureFixture) -> None:
    upgrade = (
        "GET /public/ws HTTP/1.1\r\nHost: localhost\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    async with running(fast()) as exchange:
        address = urlsplit(exchange.ready["websocket_url"])
        for _ in range(50):
            _, writer = await asyncio.open_connection(address.hostname, address.port)
            writer.write(upgrade.encode())
            writer.transport.abort()
        async with exchange.websocket("/public/ws/btcusdt@depth@100ms") as socket:
            assert await socket.recv()
    assert "Error handling request" not in caplog.text
