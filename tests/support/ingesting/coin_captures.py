"""Captures of one simulated coin on several venues, of one time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ingest.capture_writer import CaptureWriter
from ingest.exchange.config import build_config
from ingest.exchange.dialect import DIALECTS
from ingest.exchange.hub import Hub
from ingest.exchange.market import payloads
from ingest.exchange.market.coin import Coins
from ingest.exchange.market.simulation import Simulation
from schemas.settings import VenueName, markets_of

START_MS = 1_700_000_000_000
TRANSIT_MS = 15
KINDS = ("depth@100ms", "aggTrade", "markPrice@1s")


class _Recorded(Hub):
    """A hub with one listener: a capture."""

    def __init__(self, simulation: Simulation, venue: VenueName, path: Path) -> None:
        super().__init__(DIALECTS[venue], lambda _: None)
        self.capture = CaptureWriter(path)
        self._simulation = simulation
        self._wrapped = simulation.protocol is None

    def has(self, stream: str) -> bool:
        return stream.partition("@")[2] in KINDS

    def publish(self, stream: str, data: bytes) -> None:
        if self.has(stream):
            frame = b'{"stream":"%b","data":%b}' % (stream.encode(), data)
            self.write(frame if self._wrapped else data)

    def write(self, frame: bytes) -> None:
        self.capture.write((self._simulation.now_ms + TRANSIT_MS) * 1_000_000, frame)

    def begin(self, symbol: str) -> None:
        """Write the book with which the capture begins."""
        first = self._simulation.first_frame(f"{symbol.lower()}@depth@100ms")
        self.write(first or payloads.depth_snapshot(self._simulation.market(symbol), 1_000))


def coin_captures(
    folder: Path, asset: str, venues: Sequence[VenueName], seconds: int, seed: int = 3
) -> dict[VenueName, Path]:
    """Write a capture of each venue, the leader of the coin first; return them by venue."""
    coins = Coins(seed)
    hubs: dict[VenueName, tuple[Simulation, _Recorded]] = {}
    for venue, symbols in markets_of((asset,), tuple(venues)).items():
        config = build_config(venue=venue, symbols=symbols, seed=seed, start_ms=START_MS)
        simulation = Simulation(config, coins)
        hubs[venue] = (simulation, _Recorded(simulation, venue, folder / venue))
    for tick in range(seconds * 20):
        coins.step(START_MS + tick * 50)
        for simulation, hub in hubs.values():
            simulation.tick(hub)
            if tick == 9:
                hub.begin(simulation.symbols[0])
    for _, hub in hubs.values():
        with hub.capture:
            hub.capture.flush()
    return {venue: folder / venue for venue in hubs}
