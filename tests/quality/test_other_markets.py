"""The simulated markets of other coins, a thin one among them: their actors are told, with hardly
a word of anybody else."""

from statistics import median

import pytest

from compose.evaluation.injection.simulated import START_MS, simulate
from ingest.exchange.market.episodes import MarketEpisode
from schemas.signals import LURES, BookMetrics, LargeOrderEvent
from tests.quality.streams import orders_of, signals_of

SEED, SECONDS = 3, 240
WARMUP_MS = 31_000
SAME_PRICE = 1e-9
TOLD = {"spoofer", "layerer", "defender", "absorbed", "iceberg"}
"""Actors of which a class is expected."""


def is_of(order: LargeOrderEvent, episode: MarketEpisode) -> bool:
    ended = episode.ended_ms or order.last_seen
    return (
        abs(order.price - episode.price) <= SAME_PRICE * episode.price
        and order.first_seen <= ended
        and order.last_seen >= episode.started_ms
    )


@pytest.mark.parametrize("symbol", ["ETHUSDT", "SOLUSDT", "THINUSDT"])
def test_actors_are_told_and_makers_are_not_accused(symbol: str) -> None:
    market = simulate(SEED, SECONDS, actors=True, symbol=symbol)
    signals = signals_of(market.stream)
    last = {event.order_id: event for event in orders_of(signals)}.values()
    episodes = [one for one in market.episodes if one.started_ms >= START_MS + WARMUP_MS]
    asked = [one for one in episodes if one.actor in TOLD and one.clean]
    right = [
        one
        for one in asked
        if any(is_of(order, one) and order.classification == one.expected for order in last)
    ]
    assert len(asked) > 15
    assert len(right) >= 0.9 * len(asked)
    accused = [order for order in last if order.classification in LURES]
    assert {order.classification for order in accused} == set(LURES)
    strangers = [o for o in accused if not any(is_of(o, one) for one in market.episodes)]
    assert len(strangers) <= 1


def test_the_thin_market_is_thin() -> None:
    signals = signals_of(simulate(SEED, 60, actors=False, symbol="THINUSDT").stream)
    metrics = [signal for signal in signals if isinstance(signal, BookMetrics) and signal.is_valid]
    place = metrics[0].depth_bps.index(25.0)
    for depths in ([m.bid_depth_usd for m in metrics], [m.ask_depth_usd for m in metrics]):
        assert 20_000 <= median(depth[place] for depth in depths) <= 60_000
