"""The demo's actors do what the detection rules call by their names, soon and again and again.

Seen as a client sees it: the book every 100 ms. The limits are the defaults of the settings.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pytest

from ingest.exchange.market.book import Side
from ingest.exchange.market.episodes import MarketEpisode
from ingest.exchange.market.simulated_symbol import SimulatedSymbol
from ingest.exchange.market.spec import spec_of
from processors.engine.book.sides.rings import Rings
from processors.engine.orders.threshold import RollingThreshold
from schemas.settings import EngineSettings
from schemas.signals import Side as SignalSide
from schemas.units import BPS

START_MS = 1_700_000_000_000
SOON_MS = 45_000
RUN_MS = 165_000
FRAME_MS = 100
MAIN_SYMBOLS = ("BTCUSDT", "ETHUSDT")
CLASSES = {"DEFENSIVE_BUY", "DEFENSIVE_SELL", "SWEEP_BUY", "SWEEP_SELL", "SPOOF"}
ENGINE = EngineSettings()


@dataclass
class Seen:
    """What a client can know of one episode."""

    threshold_usd: float
    first_ms: int
    last_ms: int
    value_usd: float
    impact: float = 0.0
    persistent_at_ms: int | None = None


@dataclass
class Observer:
    """Applies the threshold and impact rules to one market."""

    market: SimulatedSymbol
    samples: list[float] = field(default_factory=list)
    seen: dict[int, Seen] = field(default_factory=dict)

    def observe(self, warm: bool) -> None:
        """Look at the book once."""
        spec, book, now_ms = self.market.spec, self.market.book, self.market.now_ms
        depth_usd = sum(
            spec.usd(lots, tick)
            for side in Side
            for tick, lots in book.top(side, ENGINE.lifecycle.impact_levels)
        )
        for episode in self.market.log.episodes:
            if episode.ended_ms is not None:
                continue
            value = spec.usd(book.levels[episode.side].get(episode.tick, 0), episode.tick)
            seen = self.seen.get(episode.number)
            if seen is None:
                threshold = self.threshold_usd(warm, episode.side, episode.tick)
                if value < threshold:
                    continue
                seen = self.seen[episode.number] = Seen(threshold, now_ms, now_ms, value)
            seen.last_ms = now_ms
            seen.impact = max(seen.impact, value / depth_usd)
            lived_ms = now_ms - seen.first_ms
            if seen.persistent_at_ms is None and lived_ms >= ENGINE.lifecycle.persistent_ms:
                seen.persistent_at_ms = now_ms

    def threshold_usd(self, warm: bool, side: Side, tick: int) -> float:
        """Return the threshold of a level at this moment; every call looks at the book itself."""
        spec, mid = self.market.spec, self.market.mid
        return self.threshold(warm).at(
            SignalSide[side.name], abs(tick * spec.tick - mid) / mid * BPS
        )

    def threshold(self, warm: bool) -> RollingThreshold:
        """Return the thresholds of the book as it is now."""
        rule = ENGINE.threshold.model_copy(update={"warmup_s": 0} if warm else {})
        threshold = RollingThreshold(rule)
        threshold.sample(self.market.now_ms, self._rings(Side.BID), self._rings(Side.ASK))
        return threshold

    def _rings(self, side: Side) -> Rings:
        spec, mid, levels = self.market.spec, self.market.mid, self.market.book.levels[side]
        prices = np.array([tick * spec.tick for tick in levels])
        usd = np.array([spec.usd(lots, tick) for tick, lots in levels.items()])
        distance = np.abs(prices - mid) / mid * BPS
        outwards = distance.argsort()
        rule = ENGINE.threshold
        ends_bps, near_bps = rule.distances_bps, rule.depth_bps
        return Rings.of(distance[outwards], usd[outwards], ends_bps, near_bps)


def qualified_ms(episode: MarketEpisode, seen: Seen) -> int | None:
    """Return when the rules give the episode its class, None if they do not."""
    rule = ENGINE.classify
    if not episode.clean or seen.impact < rule.impact_ratio:
        return None
    fill = episode.traded_qty / episode.qty
    if episode.expected.startswith("DEFENSIVE"):
        return seen.persistent_at_ms if fill < rule.sweep_fill_ratio else None
    if episode.ended_ms is None:
        return None
    if episode.expected.startswith("SWEEP"):
        return episode.ended_ms if fill >= rule.sweep_fill_ratio else None
    lived_ms = episode.ended_ms - seen.first_ms
    # A frame's tolerance on either side.
    long_enough = lived_ms - FRAME_MS >= ENGINE.lifecycle.min_lifetime_ms
    short_enough = lived_ms + FRAME_MS < rule.spoof_lifetime_ms
    fits = long_enough and short_enough and fill < rule.spoof_fill_ratio
    return episode.ended_ms if fits else None


def observe(seed: int, symbol: str, place: int, run_ms: int) -> Observer:
    market = SimulatedSymbol(spec_of(symbol), seed, START_MS, place)
    observer = Observer(market)
    while market.now_ms < START_MS + run_ms:
        market.step()
        if market.now_ms % FRAME_MS == 0:
            warm = market.now_ms - START_MS >= ENGINE.threshold.warmup_s * 1000
            observer.observe(warm)
    return observer


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_every_class_occurs_soon_and_recurs(seed: int) -> None:
    times: defaultdict[str, list[int]] = defaultdict(list)
    spoilt = total = 0
    for place, symbol in enumerate(MAIN_SYMBOLS):
        observer = observe(seed, symbol, place, RUN_MS)
        for episode in observer.market.log.episodes:
            if episode.expected not in CLASSES or episode.ended_ms is None:
                continue
            total += 1
            seen = observer.seen.get(episode.number)
            when = qualified_ms(episode, seen) if seen else None
            if when is None:
                spoilt += 1
            else:
                times[episode.expected].append(when - START_MS)
    assert times.keys() == CLASSES
    for name, found in times.items():
        found.sort()
        assert found[0] <= SOON_MS, name
        gaps = [after - before for before, after in pairwise(found)]
        assert len(found) >= 3, name
        assert max(gaps) <= 75_000, (name, found)
    assert spoilt <= total * 0.15


@pytest.mark.parametrize("symbol", ["BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT", "BNBUSDT"])
def test_ordinary_levels_hardly_ever_reach_the_threshold(symbol: str) -> None:
    market = SimulatedSymbol(spec_of(symbol), 11, START_MS)
    observer = Observer(market)
    spec = market.spec
    excess: list[float] = []
    looked_at = 0
    for step in range(2_400):
        market.step()
        if step % 100:
            continue
        threshold = observer.threshold(warm=True)
        for side in Side:
            levels = market.book.levels[side]
            assert len(levels) >= 1_000
            looked_at += len(levels)
            for tick in levels:
                distance_bps = abs(tick * spec.tick - market.mid) / market.mid * BPS
                value = spec.usd(market.book.makers(side, tick), tick)
                excess.append(value / threshold.at(SignalSide[side.name], distance_bps))
    assert sum(share >= 1.0 for share in excess) < looked_at / 5_000
    assert max(excess) < 1.5
