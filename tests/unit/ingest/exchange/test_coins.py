"""One coin seen on several venues: one price, with lag, basis and noise of each; joint actors."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from statistics import correlation, mean, pstdev

import pytest

from ingest.exchange.config import build_config
from ingest.exchange.dialect import USDM
from ingest.exchange.hub import Hub
from ingest.exchange.market.coin import Coins
from ingest.exchange.market.episodes import MarketEpisode
from ingest.exchange.market.follower import habits_of
from ingest.exchange.market.simulation import TICK_MS, Simulation
from schemas.settings import VenueName, markets_of

START_MS = 1_700_000_000_000
CYCLE_TICKS = 40_000 // TICK_MS
VENUES: tuple[VenueName, ...] = ("okx_swap", "binance_spot", "binance_usdm")


class Seen:
    """Mids by venue after each tick, and the actors' episodes at the end."""

    def __init__(self, seed: int, venues: tuple[VenueName, ...], ticks: int) -> None:
        markets = markets_of(("BTC",), venues)
        coins = Coins(seed)
        self.mids: dict[str, list[float]] = {venue: [] for venue in venues}
        built = {
            venue: Simulation(
                build_config(venue=venue, symbols=markets[venue], seed=seed, start_ms=START_MS),
                coins,
            )
            for venue in sorted(venues, key=lambda venue: habits_of(venue).lag_ms)
        }
        hub = Hub(USDM, lambda _: None)
        for _ in range(ticks):
            coins.step(next(iter(built.values())).now_ms)
            for venue, simulation in built.items():
                simulation.tick(hub)
                self.mids[venue].append(simulation.market(markets[venue][0]).mid)
        self.episodes: dict[str, list[MarketEpisode]] = {
            venue: built[venue].market(markets[venue][0]).log.episodes for venue in venues
        }


@cache
def seen(seed: int = 3) -> Seen:
    """Return one cycle of the actors; costs about 2 s."""
    return Seen(seed, VENUES, CYCLE_TICKS)


def returns(mids: list[float]) -> list[float]:
    return [after - before for before, after in zip(mids, mids[2:], strict=False)]


@pytest.mark.parametrize("venue", [venue for venue in VENUES if venue != "binance_usdm"])
def test_a_venue_has_its_basis_and_moves_after_the_leader(venue: VenueName) -> None:
    leader, own = seen().mids["binance_usdm"], seen().mids[venue]
    habits = habits_of(venue)
    basis = [(mid / base - 1) * 1e4 for mid, base in zip(own, leader, strict=True)]
    assert mean(basis) == pytest.approx(habits.basis_bps, abs=0.2)
    assert 0.05 < pstdev(basis) < 1.0, "noise of its own, and no price of its own"

    def likeness(lag_ms: int) -> float:
        lag = lag_ms // TICK_MS
        first, second = returns(leader), returns(own)
        return correlation(first[: len(first) - lag], second[lag:])

    assert max(range(0, 601, TICK_MS), key=likeness) == pytest.approx(habits.lag_ms, abs=100)


@pytest.mark.parametrize(
    ("name", "fits"),
    [
        ("joint wall", lambda starts: len(starts) == 3 and max(starts) - min(starts) < 1_000),
        ("copied wall", lambda starts: 1_000 < max(starts) - min(starts) < 10_000),
    ],
)
def test_actors_work_on_several_venues(name: str, fits: Callable[[list[int]], bool]) -> None:
    starts = [episode.started_ms for episode in _of(name)]
    assert len(starts) > 1
    assert fits(starts)


def test_an_order_moves_within_a_second() -> None:
    first, second = sorted(_of("moved wall"), key=lambda episode: episode.started_ms)
    assert first.ended_ms is not None
    assert 0 < second.started_ms - first.ended_ms < 1_000
    assert first.clean


def test_the_same_seed_gives_the_same_markets() -> None:
    again, other = Seen(3, VENUES, 40), Seen(4, VENUES, 40)
    assert again.mids == {venue: mids[:40] for venue, mids in seen().mids.items()}
    assert other.mids != again.mids


def test_the_leader_alone_is_the_market_that_it_always_was() -> None:
    simulation = Simulation(
        build_config(venue="binance_usdm", symbols=("BTCUSDT",), seed=3, start_ms=START_MS)
    )
    hub = Hub(USDM, lambda _: None)
    mids = []
    for _ in range(60):
        simulation.tick(hub)
        mids.append(simulation.market("BTCUSDT").mid)
    assert mids == seen().mids["binance_usdm"][:60], "until the first joint wall"
    assert Seen(3, ("binance_usdm",), 60).mids["binance_usdm"] == mids


def _of(name: str) -> list[MarketEpisode]:
    return [e for episodes in seen().episodes.values() for e in episodes if e.actor == name]
