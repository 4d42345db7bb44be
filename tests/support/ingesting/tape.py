"""A small sound capture of one symbol, made line by line, and what ingest makes of it."""

import json
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ingest.capture_writer import CaptureWriter
from ingest.offline import market_records
from schemas.control import DeadLetter
from schemas.record import Record
from schemas.settings import IngestSettings, Settings

START_MS = 1_760_000_040_000
SECONDS = 12
STEP_MS = 100
Line = tuple[int, dict[str, Any]]
"""Receive time (ms) and JSON."""


def tape(venue: str, offset_ms: int) -> list[Line]:
    """Return a sound capture; `offset_ms`: how far the collector's clock is ahead."""
    lines: list[Line] = []

    def add(now_ms: int, stream: str, data: dict[str, Any]) -> None:
        frame = {"stream": f"ethusdt@{stream}", "data": {"s": "ETHUSDT", **data}}
        lines.append((now_ms + offset_ms + 5, frame))

    for step in range(SECONDS * 10):
        now_ms = START_MS + step * STEP_MS
        ids = {"U": 1001 + 5 * step, "u": 1005 + 5 * step}
        levels = {"b": [["2500.00", f"{10 + step}.0"]], "a": [["2500.01", "9.0"]]}
        depth = {"e": "depthUpdate", "E": now_ms + 1, **ids, **levels}
        if venue == "binance_usdm":
            depth |= {"T": now_ms, "pu": 1000 + 5 * step}
        add(now_ms, "depth@100ms", depth)
        if step == 0:
            book = {"lastUpdateId": 1005, "bids": levels["b"], "asks": levels["a"]}
            times = {"E": now_ms, "T": now_ms} if venue == "binance_usdm" else {}
            lines.append((now_ms + offset_ms + 20, book | times))
        trade = {"p": "2500.01", "q": "1.0", "f": step, "l": step, "m": False}
        times = {"E": now_ms + 31, "T": now_ms + 30}
        add(now_ms + 32, "aggTrade", {"e": "aggTrade", "a": step + 1, **trade, **times})
        if venue == "binance_usdm" and step % 10 == 5:
            mark = {"E": now_ms + 50, "p": "2500.0", "r": "0.0001", "T": START_MS + 3_600_000}
            add(now_ms + 50, "markPrice@1s", {"e": "markPriceUpdate", **mark})
    return lines


def records(venue: str, lines: Sequence[Line]) -> list[Record | DeadLetter]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "capture.txt"
        with CaptureWriter(path) as writer:
            for received_ms, frame in lines:
                writer.write(received_ms * 1_000_000, json.dumps(frame).encode())
        return list(market_records(path, Settings(ingest=IngestSettings(venue=venue))))
