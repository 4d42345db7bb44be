"""The real capture through the whole pipeline: nothing lost, nothing twice, whatever happens."""

from __future__ import annotations

import asyncio
import json
import random
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from aiokafka import TopicPartition

from compose.brokers.apache import find_java
from compose.brokers.base import BrokerError
from compose.brokers.jars import kafka_jars
from compose.brokers.noida import NoidaBroker
from schemas.kafka.consumer import ClosingConsumer
from schemas.market import TakerSide, Trades
from schemas.topics import TRADES
from tests.e2e.signal_tables import Tables, replayed_tables, stored_tables
from tests.e2e.stack import RunningStack, get_json, until, wallwatch_up
from tests.support.markets.captures import CAPTURE
from tests.support.servers.availability import unavailable

TRADE_COUNT = 21_313
DEPTH_RECORDS = 6_550
REPLAY_DEADLINE_S = 200
KILLS = 3

pytestmark = pytest.mark.capture


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """What `wallwatch replay` makes of the capture, as tables."""
    if not CAPTURE.is_file():
        unavailable(f"no capture at {CAPTURE}")
    path = tmp_path_factory.mktemp("expected") / "signals.ndjson"
    return replayed_tables(path, str(CAPTURE))


@pytest.mark.parametrize("speed", ["20", "max", "5"])
def test_the_tables_equal_those_of_the_engine_alone(
    speed: str, expected: Tables, tmp_path: Path
) -> None:
    report = _finish_replay(tmp_path, "--speed", speed)
    assert stored_tables(tmp_path / "data") == expected
    assert report["dead_letters"] == report["lag"] == report["gaps"] == report["restarts"] == 0
    assert report["exchange"]["http_429"] == report["exchange"]["http_418"] == 0
    assert report["rss_mb"]["total"]["peak"] < 900
    assert report["signals"]["signals.flow"] == len(expected["flow"])
    assert report["rows"]["large_order_events"] == len(expected["large_order_events"])


async def test_every_trade_is_in_the_topic_and_in_the_cumulative_delta(
    expected: Tables, tmp_path: Path
) -> None:
    _finish_replay(tmp_path, "--speed", "max")
    packs = await _trade_packs(tmp_path / "data")
    trades = [trade for pack in packs for trade in pack.trades]
    assert len({trade.trade_id for trade in trades}) == len(trades) == TRADE_COUNT
    signed = sum(t.qty if t.taker is TakerSide.BUY else -t.qty for t in trades)
    bars = [
        row
        for row in stored_tables(tmp_path / "data")["flow"].values()
        if row["interval_ms"] == 1_000
    ]
    last = max(bars, key=lambda row: row["event_time"])
    assert last["cvd_qty"] == pytest.approx(signed, abs=0.0005)
    assert sum(bar["trade_count"] for bar in bars) == TRADE_COUNT


@pytest.mark.parametrize("broker", ["noida", pytest.param("apache", marks=pytest.mark.kafka)])
def test_a_worker_killed_three_times_leaves_the_same_tables(
    broker: str, expected: Tables, tmp_path: Path
) -> None:
    if broker == "apache":
        _need_apache_kafka()
    moments = sorted(random.sample(range(300, DEPTH_RECORDS - 500), KILLS))
    with _replaying(tmp_path, "--speed", "10", "--broker", broker) as stack:
        status = f"{stack.page(90)}/api/v1/pipeline/status"
        for kills, moment in enumerate(moments, 1):
            _wait_until_applied(status, moment)
            stack.child("worker").kill()
            _wait_until_said(stack, "worker runs again", kills)
        report = _report(stack)
    assert report["restarts"] == KILLS, moments
    assert report["dead_letters"] == report["lag"] == 0
    assert stored_tables(tmp_path / "data") == expected, moments


def _finish_replay(folder: Path, *arguments: str) -> dict[str, Any]:
    with _replaying(folder, *arguments) as stack:
        return _report(stack)


def _replaying(folder: Path, *arguments: str) -> AbstractContextManager[RunningStack]:
    return wallwatch_up(
        *("--replay", str(CAPTURE.resolve()), "--once", "--json", "--data-dir", "data"),
        *arguments,
        cwd=folder,
    )


def _report(stack: RunningStack) -> dict[str, Any]:
    stack.process.wait(timeout=REPLAY_DEADLINE_S)
    assert stack.process.returncode == 0, stack.said
    report: dict[str, Any] = json.loads(stack.output().splitlines()[-1])
    return report


async def _trade_packs(data_dir: Path) -> list[Trades]:
    broker = NoidaBroker(data_dir / "noida", data_dir / "logs")
    consumer = ClosingConsumer(bootstrap_servers=await broker.start())
    try:
        await consumer.start()
        partitions = [TopicPartition(TRADES.name, number) for number in range(4)]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        left = sum((await consumer.end_offsets(partitions)).values())
        packs: list[Trades] = []
        while len(packs) < left:
            packs.append(TRADES.adapter.validate_json((await consumer.getone()).value))
        return packs
    finally:
        await consumer.stop()
        await broker.stop()


def _wait_until_applied(status_url: str, depth_records: int) -> None:
    def applied() -> bool:
        positions: dict[str, dict[str, int]] = get_json(status_url)["topics"].get(
            "market.depth", {}
        )
        return sum(position["next"] for position in positions.values()) >= depth_records

    until(applied, 90, lambda: get_json(status_url))


def _wait_until_said(stack: RunningStack, words: str, times: int) -> None:
    until(lambda: stack.said.count(words) >= times, 60, lambda: stack.said)


def _need_apache_kafka() -> None:
    try:
        find_java()
        asyncio.run(kafka_jars(print))
    except BrokerError as error:
        unavailable(str(error))
