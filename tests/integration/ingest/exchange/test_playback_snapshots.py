"""A playback is held until a client has the snapshot that its diffs continue from."""

import asyncio
import json
from pathlib import Path
from typing import Any, Final

import pytest

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
    read_all,
    write_capture,
)
from tests.support.servers.exchange import running


def of(symbol: str, line: dict[str, Any]) -> dict[str, Any]:
    """Return a frame or snapshot as one of another symbol."""
    if "stream" not in line:
        return {**line, "symbol": symbol}
    stream = line["stream"].replace("btcusdt", symbol.lower())
    return {"stream": stream, "data": {**line["data"], "s": symbol}}


LATER: Final = {**SNAPSHOT, "lastUpdateId": 35}
# A REST answer is often newer than what the stream has brought so far.
NEWER: Final = {**LATER, "E": 1_035, "T": 1_035}


def twice(again: dict[str, Any]) -> list[dict[str, Any]]:
    return [*BEFORE, SNAPSHOT, AFTER[0], again, *AFTER[1:], LATER, diff(41, 50, 40)]


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
