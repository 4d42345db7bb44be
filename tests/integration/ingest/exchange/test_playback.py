"""A capture played over real sockets: verbatim, complete, refused where it cannot be."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from ingest.exchange.errors import ExchangeError
from tests.integration.ingest.exchange.playback import (
    AFTER,
    BEFORE,
    END,
    MARKET,
    PUBLIC,
    SNAPSHOT,
    config,
    finished,
    read_all,
    trade,
    write_capture,
)
from tests.support.markets.captures import CAPTURE
from tests.support.servers.exchange import running


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


@pytest.mark.skipif(not CAPTURE.exists(), reason=f"{CAPTURE} is absent")
@pytest.mark.capture
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
