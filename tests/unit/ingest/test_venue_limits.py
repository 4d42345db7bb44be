"""What venues allow a connection, an hour and an address."""

import asyncio
import json
from typing import Any

from ingest.connections.pace import HOUR_S, ConnectPace, HourlyLimit
from ingest.connections.shards import ShardMap
from ingest.feeds.stream_interest import StreamInterest
from ingest.venues.events import Ticker
from ingest.venues.registry import venue_of
from schemas.settings import IngestSettings


def test_a_connection_carries_no_more_characters_of_names_than_allowed() -> None:
    venue = venue_of(IngestSettings(venue="bybit_linear"))
    most = venue.rules.max_stream_chars
    assert most is not None
    shards = ShardMap(venue.routes, venue.max_streams, most)
    symbols = [f"COIN{number:03}USDT" for number in range(500)]
    for symbol in symbols:
        shards.add(symbol)
    assert len(shards.shards) == 2
    for shard in shards.shards:
        assert len(json.dumps(list(shard.streams), separators=(",", ":"))) <= most + 2 < 21_000
    carried = [symbol for shard in shards.shards for symbol in shard.symbols]
    assert sorted(carried) == symbols


def test_a_connection_carries_fewer_than_30_books_of_okx() -> None:
    venue = venue_of(IngestSettings(venue="okx_swap"))
    shards = ShardMap(venue.routes, venue.max_streams)
    for number in range(60):
        shards.add(f"COIN{number}-USDT-SWAP")
    books = [sum(s.startswith("books:") for s in shard.streams) for shard in shards.shards]
    assert books == [29, 29, 2]


def test_the_hourly_limit_is_kept_in_any_hour() -> None:
    limit = HourlyLimit(3)
    assert [limit.spend(at_s) for at_s in (0.0, 10.0)] == [0.0, 0.0]
    assert limit.spend(20.0) == HOUR_S - 20.0
    assert limit.spend(HOUR_S) == 10.0
    assert HourlyLimit(None).spend(0.0) == 0.0


async def test_attempts_to_connect_keep_their_distance() -> None:
    pace, clock = ConnectPace(0.05), asyncio.get_running_loop().time
    began_s = clock()
    await asyncio.gather(*(pace.turn() for _ in range(4)))
    assert clock() - began_s >= 0.15


def test_a_venue_that_forbids_is_left_alone_for_as_long_as_it_says() -> None:
    assert venue_of(IngestSettings(venue="bybit_linear")).closed_s == {403: 600.0}


def ticker(time: int, is_whole: bool = False, **figures: Any) -> Ticker:
    return Ticker("S", time, is_whole)._replace(**figures)


def test_figures_of_partial_frames_are_put_together_and_forgotten_with_the_connection() -> None:
    interest = StreamInterest("v", "S", interval_s=1.0)
    assert interest.take(ticker(1_000, mark_price=10.0), 1) is None
    first = interest.take(ticker(1_100, open_interest_both=8.0), 2)
    assert first is not None
    assert (first.open_interest, first.mark_price, first.event_time) == (4.0, 10.0, 1_100)
    assert interest.take(ticker(1_900, open_interest=5.0), 3) is None
    second = interest.take(ticker(2_200, funding_rate=0.1), 4)
    assert second is not None
    assert (second.open_interest, second.funding_rate) == (5.0, 0.1)
    interest.forget()
    assert interest.take(ticker(4_000, funding_rate=0.2), 5) is None
    whole = interest.take(ticker(5_000, is_whole=True, open_interest=6.0), 6)
    assert whole is not None
    assert (whole.open_interest, whole.mark_price, whole.funding_rate) == (6.0, None, None)
