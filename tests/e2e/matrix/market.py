"""A sound capture of three simulated symbols as lines that a kind of trouble may change."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, NamedTuple

from ingest.capture_writer import CaptureWriter
from ingest.exchange.market import payloads
from ingest.exchange.market.feed import SimulatedFeed
from ingest.exchange.market.simulated_symbol import SimulatedSymbol
from ingest.exchange.market.spec import spec_of

HIT: Final = "ETHUSDT"
OTHERS: Final = ("BTCUSDT", "SOLUSDT")
START_MS: Final = 1_700_000_000_000
SECONDS: Final = 24
SNAPSHOT_EVERY_MS: Final = 4_000
TRANSIT_MS: Final = 15


class Line(NamedTuple):
    """One line of a capture."""

    received_ms: int
    symbol: str
    kind: str
    """`depth`, `aggTrade`, `markPrice` or `snapshot`."""
    document: dict[str, Any]
    cut: bool = False
    """Whether only the first half of the line is there."""

    @property
    def payload(self) -> bytes:
        """What stands in the capture."""
        text = json.dumps(self.document).encode()
        return text[: len(text) // 2] if self.cut else text

    def renamed(self, symbol: str) -> "Line":
        """Return the line as one of another symbol."""
        if self.kind == "snapshot":
            document = {**self.document, "symbol": symbol}
        else:
            stream = self.document["stream"].replace(self.symbol.lower(), symbol.lower())
            data = dict(self.document["data"])
            if data["s"] == self.symbol:
                # Another name there is the trouble itself.
                data["s"] = symbol
            document = {"stream": stream, "data": data}
        return self._replace(symbol=symbol, document=document)

    def with_data(self, **values: Any) -> "Line":
        """Return the line with fields of its payload replaced."""
        if self.kind == "snapshot":
            return self._replace(document={**self.document, **values})
        data = {**self.document["data"], **values}
        return self._replace(document={**self.document, "data": data})


def sound_lines(seed: int = 3, seconds: int = SECONDS) -> list[Line]:
    """Return some seconds of three symbols; each gets a snapshot every few seconds."""
    feeds = {
        symbol: SimulatedFeed(SimulatedSymbol(spec_of(symbol), seed, START_MS))
        for symbol in (*OTHERS, HIT)
    }
    due = dict.fromkeys(feeds, START_MS + 500)
    lines: list[Line] = []
    now_ms = START_MS
    while now_ms < START_MS + seconds * 1_000:
        for symbol, feed in feeds.items():
            frames = list(feed.step(_wanted(symbol).__contains__))
            now_ms = feed.market.now_ms
            received_ms = now_ms + TRANSIT_MS
            for topic, payload in frames:
                document = {"stream": topic, "data": json.loads(payload)}
                lines.append(Line(received_ms, symbol, topic.split("@")[1], document))
            if now_ms >= due[symbol] and any("@depth" in topic for topic, _ in frames):
                due[symbol] = now_ms + SNAPSHOT_EVERY_MS
                book = json.loads(payloads.depth_snapshot(feed.market, 1_000))
                lines.append(Line(received_ms, symbol, "snapshot", {**book, "symbol": symbol}))
    return lines


def _wanted(symbol: str) -> frozenset[str]:
    lower = symbol.lower()
    return frozenset({f"{lower}@depth@100ms", f"{lower}@aggTrade", f"{lower}@markPrice@1s"})


def write(path: Path, lines: Iterable[Line]) -> Path:
    """Write a capture; return its path."""
    with CaptureWriter(path) as capture:
        for line in lines:
            capture.write(line.received_ms * 1_000_000, line.payload)
    return path
