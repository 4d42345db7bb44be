"""Captures of a few frames, and what the tests of their playback ask of it."""

import asyncio
import gzip
import json
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosedError

from ingest.exchange.config import ExchangeConfig, Mode
from tests.support.servers.exchange import Running

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


def long_capture(folder: Path) -> Path:
    """Write a capture of more, and larger, diffs than any buffer on the way holds."""
    filler = [["1.00", "0.000"]] * 200
    diffs = [diff(20 + n, 20 + n, 19 + n, filler) for n in range(1_500)]
    return write_capture(folder / "c.gz", [BEFORE[0], trade(1), SNAPSHOT, *diffs])


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
