"""The built-in exchange's simulated market as a stream, with or without its own actors."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from compose.evaluation.injection.stream import MarketStream, stream_of
from ingest.capture_writer import CaptureWriter
from ingest.exchange.market import payloads
from ingest.exchange.market.episodes import MarketEpisode
from ingest.exchange.market.feed import SimulatedFeed
from ingest.exchange.market.simulated_symbol import SimulatedSymbol
from ingest.exchange.market.spec import spec_of
from ingest.offline import market_records
from schemas.settings import Settings

SYMBOL: Final = "BTCUSDT"
START_MS: Final = 1_700_000_000_000
TRANSIT_MS: Final = 15
"""From the venue's clock to ours."""
SNAPSHOT_AFTER_MS: Final = 500
SNAPSHOT_LEVELS: Final = 1_000
NS_PER_MS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Simulated:
    """A stretch of the simulated market."""

    stream: MarketStream
    episodes: tuple[MarketEpisode, ...]
    """What the market's own actors did."""


def simulate(seed: int, seconds: int, actors: bool, symbol: str = SYMBOL) -> Simulated:
    """Return `seconds` of market time: frames as on the wire, read as ingest reads a capture."""
    with TemporaryDirectory(prefix="wallwatch-") as folder:
        path = Path(folder) / "simulated"
        market = record_simulated(path, seed, seconds, actors, symbol)
        name = f"simulated {symbol}, seed {seed}"
        stream = stream_of(name, market_records(path, Settings()))
    return Simulated(stream, tuple(market.log.episodes))


def record_simulated(
    path: Path, seed: int, seconds: int, actors: bool, symbol: str = SYMBOL
) -> SimulatedSymbol:
    """Write a capture of `seconds` of market time; return the market at its end."""
    lower = symbol.lower()
    depth = f"{lower}@depth@{Settings().ingest.depth_interval}"
    wanted = {depth, f"{lower}@aggTrade", f"{lower}@markPrice@1s"}
    market = SimulatedSymbol(replace(spec_of(symbol), actors=actors), seed, START_MS)
    feed = SimulatedFeed(market)
    end_ms = START_MS + seconds * 1_000
    with CaptureWriter(path) as capture:
        asked = False
        while market.now_ms < end_ms:
            frames = list(feed.step(wanted.__contains__))
            received_ns = (market.now_ms + TRANSIT_MS) * NS_PER_MS
            for topic, payload in frames:
                frame = b'{"stream":"%b","data":%b}' % (topic.encode(), payload)
                capture.write(received_ns, frame)
            if not asked and market.now_ms >= START_MS + SNAPSHOT_AFTER_MS:
                asked = True
                capture.write(received_ns, payloads.depth_snapshot(market, SNAPSHOT_LEVELS))
    return market
