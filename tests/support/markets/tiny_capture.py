"""A capture of a few frames, for tests that need a file and not a market."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

START_MS = 1_700_000_000_000


def _line(at_ms: int, document: object) -> bytes:
    return b"%d %s\n" % (at_ms * 1_000_000, json.dumps(document).encode())


def depth(at_ms: int, first: int, last: int, previous: int, bids: list[list[str]]) -> bytes:
    """Return the line of an update of bids, with its first, last and previous update id."""
    data = {
        "e": "depthUpdate",
        "E": at_ms,
        "T": at_ms,
        "s": "BTCUSDT",
        "U": first,
        "u": last,
        "pu": previous,
        "b": bids,
        "a": [],
    }
    return _line(at_ms, {"stream": "btcusdt@depth@100ms", "data": data})


def snapshot(at_ms: int, last: int) -> bytes:
    """Return the line of a snapshot up to update id `last`."""
    book = {"bids": [["100.0", "5.000"]], "asks": [["101.0", "4.000"]]}
    return _line(at_ms, {"lastUpdateId": last, "E": at_ms, "T": at_ms, **book})


def trade(at_ms: int, number: int, symbol: str = "BTCUSDT") -> bytes:
    """Return the line of a taker buy of 0.5 at 101."""
    data = {
        "e": "trade",
        "E": at_ms,
        "T": at_ms,
        "s": symbol,
        "t": number,
        "p": "101.0",
        "q": "0.500",
        "X": "MARKET",
        "m": False,
    }
    return _line(at_ms, {"stream": f"{symbol.lower()}@trade", "data": data})


def tiny_capture(path: Path, *extra: bytes) -> Path:
    """Write three diffs, their snapshot and a trade, then the `extra` lines; return `path`."""
    lines = [
        depth(START_MS, 10, 12, 9, [["100.0", "6.000"]]),
        snapshot(START_MS, 11),
        trade(START_MS + 50, 1),
        depth(START_MS + 100, 13, 15, 12, [["100.5", "1.250"]]),
        depth(START_MS + 1_200, 16, 16, 15, [["100.5", "0"]]),
    ]
    path.write_bytes(gzip.compress(b"".join([*lines, *extra])))
    return path
