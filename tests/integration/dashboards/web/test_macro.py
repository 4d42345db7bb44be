"""The risk of a large move over a real store and the real API: every input from its own table."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from aiohttp import ClientSession

from schemas.record import Record
from schemas.settings import ClickHouseSettings
from schemas.signals import ActionSignal, BookMetrics, FlowBar
from schemas.units import HOUR_MS, MINUTE_MS
from tests.integration.dashboards.web.test_api import served
from tests.support.markets.records import RECEIVED_US, START_MS, as_bytes, order, signal
from tests.support.processing.sink import started_sink

BEGIN_MS = START_MS // HOUR_MS * HOUR_MS
HOURS = 26
END_MS = BEGIN_MS + HOURS * HOUR_MS
HELD = {"BTCUSDT": "ACCUMULATE", "ETHUSDT": "MANIPULATION"}


def minutes() -> Iterator[tuple[str, Record]]:
    """A book, a bar and an action of each symbol every minute; BTCUSDT is bought, ETHUSDT sold."""
    random = np.random.default_rng(4)
    for symbol, action in HELD.items():
        mids = 1_000 * np.exp(np.cumsum(random.normal(0, 4e-4, HOURS * 60)))
        sign = 1 if symbol == "BTCUSDT" else -1
        for minute, mid in enumerate(mids):
            own: dict[str, Any] = {"symbol": symbol, "event_time": BEGIN_MS + minute * MINUTE_MS}
            yield "signals.book", signal(BookMetrics, **own, mid=float(mid))
            figures = {"delta_usd": sign * 5.0, "open_interest": 1_000.0 + minute}
            yield "signals.flow", signal(FlowBar, **own, interval_ms=60_000, **figures)
            yield "signals.actions", signal(ActionSignal, **own, final_action=action)
    # The end of the last step is not over before something came after it.
    yield "signals.book", signal(BookMetrics, event_time=END_MS, mid=1_000.0)


def orders() -> Iterator[tuple[str, Record]]:
    """A wall that stands, one that is over, and a lure that is told twice."""
    late = END_MS - 30 * MINUTE_MS
    wall = {"kind": "persistent", "state": "persistent", "first_seen": late}
    gone = {"kind": "closed", "state": "closed", "first_seen": late, "close_reason": "cancelled"}
    bid, ask = {"classification": "DEFENSIVE_BUY"}, {"classification": "DEFENSIVE_SELL"}
    told = [
        order("bid", 0, **wall, **bid, event_time=late, value_usd=3e6),
        order("ask", 0, **wall, **ask, side="ask", event_time=late, value_usd=1e6),
        order("over", 0, **wall, **bid, event_time=late, value_usd=9e6),
        order("over", 1, **gone, **bid, event_time=late + MINUTE_MS, value_usd=9e6),
        order("lure", 0, **gone, classification="SPOOF", event_time=late),
        order("lure", 1, **gone, classification="MANIPULATION", event_time=late + 1),
    ]
    return (("signals.large_orders", record) for record in told)


@pytest.fixture
async def watched(store: ClickHouseSettings) -> ClickHouseSettings:
    """A store with a day and two hours of two symbols, without funding."""
    sink = await started_sink(store)
    offsets: Counter[str] = Counter()
    for topic, record in (*minutes(), *orders()):
        await sink.add(topic, 0, offsets[topic], as_bytes(record), RECEIVED_US)
        offsets[topic] += 1
    await sink.flush()
    await sink.stop()
    return store


async def move(store: ClickHouseSettings, after_ms: int, *symbols: str, **book: Any) -> None:
    """Let time go on for some symbols."""
    sink = await started_sink(store)
    for number, symbol in enumerate(symbols):
        own: dict[str, Any] = {"symbol": symbol, "event_time": END_MS + after_ms, "mid": 1_000.0}
        record = signal(BookMetrics, **{**own, **book})
        offset = 10 * after_ms + number
        await sink.add("signals.book", 1, offset, as_bytes(record), RECEIVED_US)
    await sink.flush()
    await sink.stop()


async def asked(client: ClientSession) -> Any:
    return await (await client.get("/api/v1/ai/macro-risk?hours=24")).json()


async def until_not_live(client: ClientSession, *symbols: str) -> Any:
    """Ask until just these symbols are left out."""
    async with asyncio.timeout(20):
        while True:
            answer = await asked(client)
            if {one["symbol"] for one in answer["not_live"]} == set(symbols):
                return answer
            await asyncio.sleep(0.1)


async def test_the_answer_names_inputs_model_and_sample_and_claims_no_skill(
    watched: ClickHouseSettings,
) -> None:
    async with served(watched) as (root, _), ClientSession(root) as client:
        dead = await asked(client)
        await move(watched, 1, "BTCUSDT", "ETHUSDT")
        answer = await until_not_live(client)
        again = await asked(client)
        wrong = await client.get("/api/v1/ai/macro-risk?hours=5")
        assert wrong.status == 400
    assert again == answer
    # What has ended says nothing of now, though it was judged.
    assert (dead["probability"], dead["baseline_probability"], dead["symbols"]) == (None, None, 0)
    assert {one["symbol"] for one in dead["not_live"]} == {"BTCUSDT", "ETHUSDT"}
    assert all("no new events" in one["reason"] for one in dead["not_live"])
    assert dead["sample"] == answer["sample"]
    assert (answer["at_ms"], answer["model_version"]) == (END_MS, "breadth-1")
    assert (answer["symbols"], answer["absent"]) == (2, ["funding_bps"])
    assert answer["actions"] == {"ACCUMULATE": 0.5, "MANIPULATION": 0.5}
    values = {one["name"]: one["value"] for one in answer["inputs"]}
    assert values == {
        "one_sided": 0.5,
        "manipulation": 0.5,
        "lures_per_hour": 0.5,
        "net_defence": 0.5,
        "cvd_breadth": 0.0,
        "oi_breadth": 1.0,
        "funding_bps": None,
    }
    # An hour's move of the mean of two walks of 4 bps a minute.
    assert answer["usual_sigma_bps"] == pytest.approx(4 / 2**0.5 * 60**0.5, rel=0.1)
    assert 0 < answer["baseline_probability"] < 1
    assert (answer["verdict"], answer["probability"]) == ("no skill yet", None)
    sample = answer["sample"]
    assert (sample["since_ms"], sample["until_ms"]) == (END_MS - 24 * HOUR_MS, END_MS)
    # At the end of every step of the 24 hours whose horizon is over.
    assert (sample["forecasts"], sample["void"]) == (23 * 12, 0)
    assert sample["low"] < sample["skill"] < sample["high"]
    assert sample["blocks"] >= sample["fewest_blocks"]


async def test_a_book_that_is_not_live_is_not_live_and_named(watched: ClickHouseSettings) -> None:
    async with served(watched) as (root, _), ClientSession(root) as client:
        await asked(client)
        await move(watched, 1, "BTCUSDT")
        answer = await until_not_live(client, "ETHUSDT")
        assert (answer["symbols"], answer["actions"]) == (1, {"ACCUMULATE": 1.0})
        values = {one["name"]: one["value"] for one in answer["inputs"]}
        assert (values["manipulation"], values["cvd_breadth"]) == (0.0, 1.0)
        # Live, but without a book.
        await move(watched, 2, "BTCUSDT", is_valid=False, mid=None)
        answer = await until_not_live(client, "BTCUSDT", "ETHUSDT")
        reasons = {one["symbol"]: one["reason"] for one in answer["not_live"]}
        assert reasons["BTCUSDT"] == "its book waits for a snapshot"
        assert answer["baseline_probability"] is None


async def test_an_empty_store_has_nothing_to_say(store: ClickHouseSettings) -> None:
    await (await started_sink(store)).stop()
    async with served(store) as (root, _), ClientSession(root) as client:
        answer = await (await client.get("/api/v1/ai/macro-risk")).json()
    assert (answer["verdict"], answer["probability"]) == ("no skill yet", None)
    assert (answer["symbols"], answer["sample"]["forecasts"]) == (0, 0)
    assert answer["reason"] == "no forecast is over: it needs 3 h of mids at least"
