"""A capture played over real sockets: held at snapshots, lossless, ended with 4001."""

import asyncio
import gzip
import json
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any, Final

import pytest
from aiohttp import WSMsgType
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosedError

from ingest.exchange.config import ExchangeConfig, Mode
from ingest.exchange.errors import ExchangeError
from tests.support.markets.captures import CAPTURE
from tests.support.servers.exchange import Running, raw_websocket, running

END = 4001


def diff(first: int, last: int, prev: int, bids: list[list[str]] | None = None) -> dict[str, Any]:
    data = {
        "e": "depthUpdate",
        "E": 1_000 + last,
        "T": 1_000 + last,
        "s": "BTCUSDT",
        "U": first,
        "u": last,
        "pu": prev,
        "b": bids or [[f"{100 - last % 7}.00", f"{last}.000"]],
        "a": [["200.00", f"{last}.000"]],
    }
    return {"stream": "btcusdt@depth@0ms", "data": data}


def trade(number: int) -> dict[str, Any]:
    data = {
        "e": "trade",
        "E": 1_000,
        "T": 1_000,
        "s": "BTCUSDT",
        "t": number,
        "p": "150.10",
        "q": "0.001",
        "X": "MARKET",
        "m": False,
    }
    return {"stream": "btcusdt@trade", "data": data}


SNAPSHOT = {
    "lastUpdateId": 15,
    "E": 1_015,
    "T": 1_014,
    "bids": [["100.00", "1.000"], ["99.00", "2.000"]],
    "asks": [["200.00", "3.000"], ["201.00", "4.000"]],
}
BEFORE = [diff(5, 10, 4), trade(1), diff(12, 16, 10)]
AFTER = [diff(20, 30, 16), trade(2), diff(31, 40, 30)]


def write_capture(path: Path, lines: Iterable[Any]) -> Path:
    with gzip.open(path, "wb") as file:
        for number, line in enumerate(lines):
            raw = line if isinstance(line, bytes) else json.dumps(line).encode()
            file.write(b"%d %s\n" % (1_700_000_000_000_000_000 + number * 1_000_000, raw))
    return path


def config(file: Path, **more: Any) -> ExchangeConfig:
    return ExchangeConfig(mode=Mode.CAPTURE, file=file, **{"speed": "max", **more})


async def read_all(
    socket: ClientConnection, pause: Callable[[int], Awaitable[None]] | None = None
) -> tuple[list[str | bytes], int | None]:
    """Return all frames up to the close, and its code; `pause` is awaited after each frame."""
    frames: list[str | bytes] = []
    try:
        while True:
            frames.append(await socket.recv())
            if pause is not None:
                await pause(len(frames))
    except ConnectionClosedError as closed:
        return frames, closed.rcvd.code if closed.rcvd else None


PUBLIC = "/public/stream?streams=btcusdt@depth@100ms"
MARKET = "/market/stream?streams=btcusdt@aggTrade"


async def finished(exchange: Running) -> dict[str, Any]:
    """Return the status once the playback has finished."""
    async with asyncio.timeout(10):
        while True:
            status = await exchange.status()
            if status["finished"]:
                return status


async def stalled(exchange: Running) -> int:
    """Return the lines played once the exchange has nowhere left to put a frame, or no frame."""
    before = -1
    while before != (played := (await exchange.status())["source"]["lines_played"]):
        before = played
        await asyncio.sleep(0.02)
    return before


async def test_frames_are_verbatim_under_the_streams_asked_for(tmp_path: Path) -> None:
    file = write_capture(tmp_path / "c.gz", [*BEFORE, SNAPSHOT, *AFTER])
    async with (
        running(config(file)) as exchange,
        exchange.websocket(PUBLIC) as public,
        exchange.websocket("/market/ws/btcusdt@aggTrade") as market,
    ):
        status, snapshot, _ = await exchange.get("/fapi/v1/depth", symbol="BTCUSDT", limit=1000)
        assert (status, snapshot) == (200, SNAPSHOT)
        depth, code = await read_all(public)
        trades, _ = await read_all(market)
        assert code == END
        report = await finished(exchange)
    diffs = [line for line in BEFORE + AFTER if "depth" in line["stream"]]
    expected = [
        f'{{"stream":"btcusdt@depth@100ms","data":{json.dumps(line["data"])}}}' for line in diffs
    ]
    assert depth == expected
    raw = [json.dumps(line["data"]) for line in BEFORE + AFTER if "trade" in line["stream"]]
    assert trades == raw
    assert report["frames_sent"] == {"btcusdt@aggTrade": 2, "btcusdt@depth@100ms": 4}
    assert (report["http_429"], report["http_418"], report["connections"]) == (0, 0, 0)


async def test_clock_waits_for_listeners_and_for_the_snapshot(tmp_path: Path) -> None:
    file = write_capture(tmp_path / "c.gz", [*BEFORE, SNAPSHOT, *AFTER])
    async with running(config(file)) as exchange, exchange.websocket(PUBLIC) as public:
        assert (await exchange.status())["source"]["waiting_for"] == ["btcusdt@trade"]
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(public.recv(), 0.1)
        async with exchange.websocket("/market/stream") as market:
            await market.send('{"method":"SUBSCRIBE","params":["btcusdt@aggTrade"],"id":7}')
            assert json.loads(await market.recv()) == {"result": None, "id": 7}
            for _ in range(2):
                await public.recv()
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(public.recv(), 0.1)
            assert (await exchange.status())["source"]["held_for_snapshot"] == ["BTCUSDT"]
            _, snapshot, _ = await exchange.get("/fapi/v1/depth", symbol="BTCUSDT", limit=1000)
            assert snapshot == SNAPSHOT
            rest, code = await read_all(public)
            assert (len(rest), code) == (2, END)


async def test_early_depth_request_waits_for_the_captured_snapshot(tmp_path: Path) -> None:
    file = write_capture(tmp_path / "c.gz", [*BEFORE, SNAPSHOT, *AFTER])
    async with running(config(file)) as exchange:
        request = asyncio.create_task(exchange.get("/fapi/v1/depth", symbol="BTCUSDT", limit=5))
        async with exchange.websocket(PUBLIC) as public, exchange.websocket(MARKET):
            assert (await request)[1] == SNAPSHOT
            assert (await read_all(public))[1] == END


async def test_depth_request_that_waits_too_long_is_told_to_try_again(tmp_path: Path) -> None:
    file = write_capture(tmp_path / "c.gz", [*BEFORE, SNAPSHOT])
    async with running(config(file, snapshot_wait_s=0.05)) as exchange:
        status, body, _ = await exchange.get("/fapi/v1/depth", symbol="BTCUSDT", limit=5)
    assert (status, body["code"]) == (503, -1001)


async def test_late_snapshot_comes_from_the_own_book(tmp_path: Path) -> None:
    gone = diff(41, 42, 40, [["100.00", "0.000"], ["98.00", "7.000"]])
    file = write_capture(tmp_path / "c.gz", [*BEFORE, SNAPSHOT, *AFTER, gone])
    async with (
        running(config(file)) as exchange,
        exchange.websocket(PUBLIC) as public,
        exchange.websocket(MARKET),
    ):
        await exchange.get("/fapi/v1/depth", symbol="BTCUSDT", limit=1000)
        await read_all(public)
        _, late, _ = await exchange.get("/fapi/v1/depth", symbol="BTCUSDT", limit=1000)
    assert (late["lastUpdateId"], late["E"], late["T"]) == (42, 1042, 1042)
    bids = {"99.00": "2.000"}
    # The first diff is older than the snapshot, but its bid is below what the snapshot covers.
    for line in (BEFORE[0], BEFORE[2], AFTER[0], AFTER[2], gone):
        bids |= dict(line["data"]["b"])
    ordered = sorted(bids.items(), key=lambda level: -float(level[0]))
    assert late["bids"] == [[p, q] for p, q in ordered if float(q)]
    assert late["asks"] == [["200.00", "42.000"], ["201.00", "4.000"]]


async def test_without_a_snapshot_the_clock_is_held_after_the_first_diff(tmp_path: Path) -> None:
    file = write_capture(tmp_path / "c.gz", [*BEFORE, *AFTER])
    async with (
        running(config(file)) as exchange,
        exchange.websocket(PUBLIC) as public,
        exchange.websocket(MARKET),
    ):
        await public.recv()
        _, snapshot, _ = await exchange.get("/fapi/v1/depth", symbol="BTCUSDT", limit=1000)
        assert snapshot["lastUpdateId"] == 10
        assert len((await read_all(public))[0]) == 3


async def test_after_a_gap_the_next_captured_snapshot_is_held_and_served(tmp_path: Path) -> None:
    second = SNAPSHOT | {"lastUpdateId": 65, "E": 1_066, "T": 1_065}
    lines = [
        *BEFORE,
        SNAPSHOT,
        *AFTER,
        diff(55, 60, 50),
        diff(61, 70, 60),
        second,
        diff(71, 80, 70),
    ]
    file = write_capture(tmp_path / "c.gz", lines)
    async with (
        running(config(file)) as exchange,
        exchange.websocket(PUBLIC) as public,
        exchange.websocket(MARKET),
    ):
        assert (await exchange.get("/fapi/v1/depth", symbol="BTCUSDT", limit=1000))[1] == SNAPSHOT
        for _ in range(6):
            await public.recv()
        assert (await exchange.get("/fapi/v1/depth", symbol="BTCUSDT", limit=1000))[1] == second
        rest, code = await read_all(public)
        assert (len(rest), code) == (1, END)


async def test_malformed_lines_are_sent_as_they_are(tmp_path: Path) -> None:
    broken_depth = b'{"stream":"btcusdt@depth@0ms","data":{"e":"depthUpdate","E":17'
    nameless = b'\xff\x00{"nothing'
    lines = [*BEFORE, SNAPSHOT, AFTER[0], broken_depth, nameless, *AFTER[1:]]
    file = write_capture(tmp_path / "c.gz", lines)
    async with (
        running(config(file)) as exchange,
        exchange.websocket(PUBLIC) as public,
        exchange.websocket(MARKET) as market,
    ):
        await exchange.get("/fapi/v1/depth", symbol="BTCUSDT", limit=1000)
        depth, _ = await read_all(public)
        trades, _ = await read_all(market)
    assert depth[3] == broken_depth.decode()
    assert len(depth) == 5
    assert trades[1] == nameless
    assert len(trades) == 3


async def test_stray_stream_name_neither_blocks_nor_refuses_the_capture(tmp_path: Path) -> None:
    stray = [AFTER[0] | {"stream": "btcusxx@depth@0ms"}, trade(9) | {"stream": "bxx@trade"}]
    file = write_capture(tmp_path / "c.gz", [*stray, *BEFORE, SNAPSHOT, *AFTER])
    async with (
        running(config(file)) as exchange,
        exchange.websocket(PUBLIC) as public,
        exchange.websocket(MARKET),
    ):
        await exchange.get("/fapi/v1/depth", symbol="BTCUSDT", limit=1000)
        assert len((await read_all(public))[0]) == 4
        report = await finished(exchange)
    assert report["symbols"] == ["BTCUSDT"]
    assert report["source"]["frames_of_other_symbols"] == 2


async def test_pong_comes_after_the_frames_before_it(tmp_path: Path) -> None:
    filler = [["1.00", "0.000"]] * 200
    diffs = [diff(20 + n, 20 + n, 19 + n, filler) for n in range(1_500)]
    file = write_capture(tmp_path / "c.gz", [BEFORE[0], trade(1), SNAPSHOT, *diffs])
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


async def test_what_a_capture_lacks_is_refused(tmp_path: Path) -> None:
    file = write_capture(tmp_path / "c.gz", [*BEFORE, SNAPSHOT, *AFTER])
    async with running(config(file)) as exchange:
        for path in ("openInterest", "premiumIndex", "aggTrades"):
            status, body, _ = await exchange.get(f"/fapi/v1/{path}", symbol="BTCUSDT")
            assert status == 400
            assert set(body) == {"code", "msg"}
        _, info, _ = await exchange.get("/fapi/v1/exchangeInfo")
    (symbol,) = info["symbols"]
    assert (symbol["symbol"], symbol["status"]) == ("BTCUSDT", "TRADING")
    assert (symbol["pricePrecision"], symbol["quantityPrecision"]) == (2, 3)
    assert symbol["filters"][0]["tickSize"] == "0.10"


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
    filler = [["1.00", "0.000"]] * 200
    diffs = [diff(20 + n, 20 + n, 19 + n, filler) for n in range(1_500)]
    file = write_capture(tmp_path / "c.gz", [BEFORE[0], trade(1), SNAPSHOT, *diffs])
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


@pytest.mark.capture
@pytest.mark.skipif(not CAPTURE.exists(), reason=f"{CAPTURE} is absent")
async def test_real_capture_arrives_complete() -> None:
    counts = {"depthUpdate": 0, "bookTicker": 0, "trade": 0}
    streams = "btcusdt@depth@100ms/btcusdt@bookTicker"
    async with (
        running(config(CAPTURE)) as exchange,
        exchange.websocket(f"/public/stream?streams={streams}") as public,
        exchange.websocket(MARKET) as market,
    ):
        _, snapshot, _ = await exchange.get("/fapi/v1/depth", symbol="BTCUSDT", limit=1000)
        assert snapshot["lastUpdateId"] == 5123107852948
        results = await asyncio.gather(read_all(public), read_all(market))
        for frames, code in results:
            assert code == END
            for frame in frames:
                counts[json.loads(frame)["data"]["e"]] += 1
    assert counts == {"depthUpdate": 6_551, "bookTicker": 66_089, "trade": 21_313}


def of(symbol: str, line: dict[str, Any]) -> dict[str, Any]:
    """Return a frame or snapshot as one of another symbol."""
    if "stream" not in line:
        return {**line, "symbol": symbol}
    stream = line["stream"].replace("btcusdt", symbol.lower())
    return {"stream": stream, "data": {**line["data"], "s": symbol}}


async def test_while_one_symbol_holds_the_clock_others_get_their_snapshots_ahead(
    tmp_path: Path,
) -> None:
    # A client may have no requests left for the symbol that holds the clock.
    names = ("BTCUSDT", "ETHUSDT", "SOLUSDT")
    lines = [of(name, line) for line in (*BEFORE, SNAPSHOT, *AFTER) for name in names]
    file = write_capture(tmp_path / "c.gz", lines)
    streams = {
        route: "/".join(f"{name.lower()}@{kind}" for name in names)
        for route, kind in (("public", "depth@100ms"), ("market", "aggTrade"))
    }
    async with (
        running(config(file, snapshot_wait_s=60)) as exchange,
        exchange.websocket(f"/public/stream?streams={streams['public']}") as public,
        exchange.websocket(f"/market/stream?streams={streams['market']}"),
    ):
        async with asyncio.timeout(5):
            for name in ("SOLUSDT", "ETHUSDT", "BTCUSDT"):
                _, snapshot, _ = await exchange.get("/fapi/v1/depth", symbol=name, limit=1000)
                assert snapshot == of(name, SNAPSHOT)
            depth, code = await read_all(public)
            await finished(exchange)
    assert code == END
    assert len(depth) == len(names) * 4


LATER: Final = {**SNAPSHOT, "lastUpdateId": 35}
# A REST answer is often newer than what the stream has brought so far.
NEWER: Final = {**LATER, "E": 1_035, "T": 1_035}


def twice(again: dict[str, Any]) -> list[dict[str, Any]]:
    return [*BEFORE, SNAPSHOT, AFTER[0], again, *AFTER[1:], LATER, diff(41, 50, 40)]


@pytest.mark.parametrize(
    "lines",
    [
        twice(AFTER[0]),
        twice(BEFORE[-1]),
        [BEFORE[0], NEWER, *BEFORE[1:], *AFTER, {**NEWER, "lastUpdateId": 45}, diff(41, 50, 40)],
    ],
    ids=["the newest twice", "an older one twice", "older than the snapshot before them"],
)
async def test_diffs_that_change_nothing_hold_nothing(
    lines: list[dict[str, Any]], tmp_path: Path
) -> None:
    file = write_capture(tmp_path / "c.gz", lines)
    async with (
        running(config(file)) as exchange,
        exchange.websocket(PUBLIC) as public,
        exchange.websocket(MARKET),
    ):
        await exchange.get("/fapi/v1/depth", symbol="BTCUSDT", limit=1000)
        async with asyncio.timeout(5):
            await read_all(public)
            await finished(exchange)


async def test_a_snapshot_that_nobody_asks_for_is_held_for_a_limited_time(tmp_path: Path) -> None:
    file = write_capture(tmp_path / "c.gz", [*BEFORE, SNAPSHOT, *AFTER])
    async with (
        running(config(file, hold_limit_s=0.2)) as exchange,
        exchange.websocket(PUBLIC) as public,
        exchange.websocket(MARKET),
    ):
        async with asyncio.timeout(5):
            frames, code = await read_all(public)
            await finished(exchange)
    assert (len(frames), code) == (4, END)


async def test_a_capture_in_microseconds_is_refused_in_one_line(tmp_path: Path) -> None:
    def in_microseconds(line: dict[str, Any]) -> dict[str, Any]:
        data = line["data"]
        times = {name: (1_700_000_000_000 + data[name]) * 1_000 for name in ("E", "T")}
        return {**line, "data": {**data, **times}}

    lines = [in_microseconds(line) for line in (*BEFORE, *AFTER)]
    file = write_capture(tmp_path / "c.gz", lines)
    with pytest.raises(ExchangeError, match="times of BTCUSDT are not in milliseconds; give"):
        async with running(config(file)):
            pass
