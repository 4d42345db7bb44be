"""The frames of a book that comes on the stream."""

import json
from dataclasses import replace
from typing import Any

import pytest

from ingest.exchange.market.simulated_symbol import SimulatedSymbol, Step
from ingest.exchange.market.spec import spec_of
from ingest.exchange.streamed.feed import INTERVAL_MS, StreamedFeed
from ingest.exchange.streamed.protocols import PROTOCOLS

START_MS = 1_700_000_000_000


class AtRest(SimulatedSymbol):
    """A market in which nothing happens."""

    def step(self) -> Step:
        self.now_ms += self.spec.step_ms
        return Step(self.now_ms, self.last_update_id + 1, self.last_update_id, [], (set(), set()))


def books(venue: str, seconds: int) -> list[dict[str, Any]]:
    spec = replace(spec_of("BTCUSDT"), symbol="BTC-USDT-SWAP", step_ms=INTERVAL_MS)
    feed = StreamedFeed(AtRest(spec, 1, START_MS), 0, PROTOCOLS[venue])
    steps = seconds * 1_000 // INTERVAL_MS
    frames = [frame for _ in range(steps) for frame in feed.step(lambda _: False)]
    return [json.loads(payload) for _, payload in frames]


def test_okx_tells_each_minute_that_a_book_at_rest_still_stands() -> None:
    told = [frame["data"][0] for frame in books("okx_swap", 185)]
    assert [int(data["ts"]) - START_MS for data in told] == [60_000, 120_000, 180_000]
    assert all(data["seqId"] == data["prevSeqId"] for data in told)
    assert all(data["bids"] == data["asks"] == [] for data in told)


@pytest.mark.parametrize("venue", ["bybit_linear"])
def test_others_say_nothing_of_a_book_at_rest(venue: str) -> None:
    assert books(venue, 185) == []
