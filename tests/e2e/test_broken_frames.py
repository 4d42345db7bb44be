"""Frames that cannot be understood are kept with their bytes, and everything else is processed."""

from __future__ import annotations

import json
from pathlib import Path

from aiokafka import TopicPartition

from compose.brokers.noida import NoidaBroker
from schemas.control import DeadLetter
from schemas.kafka.consumer import ClosingConsumer
from schemas.topics import DEAD_LETTERS
from tests.e2e.stack import wallwatch_up
from tests.support.markets.tiny_capture import START_MS, tiny_capture, trade

CUT_OFF = b'{"stream":"btcusdt@trade","data":{"e":"trade","s":"BTCUSDT","p":'
NO_PRICE = (
    b'{"stream":"btcusdt@trade","data":{"e":"trade","E":1,"T":1,"s":"BTCUSDT","t":9,"p":"x",'
    b'"q":"1","m":true}}'
)


async def test_broken_frames_become_dead_letters(tmp_path: Path) -> None:
    stamp = b"%d " % ((START_MS + 1_250) * 1_000_000)
    path = tiny_capture(
        tmp_path / "x.gz",
        stamp + CUT_OFF + b"\n",
        stamp + NO_PRICE + b"\n",
        trade(START_MS + 1_300, 2),
    )
    arguments = ("--replay", str(path), "--speed", "max", "--once", "--json", "--data-dir", "data")
    with wallwatch_up(*arguments, cwd=tmp_path) as stack:
        stack.process.wait(timeout=90)
        assert stack.process.returncode == 0, stack.said
        report = json.loads(stack.output().splitlines()[-1])
    assert report["dead_letters"] == 2
    assert report["ingest"]["diffs_applied"] == 3
    assert report["ingest"]["frames"]["TradeUpdate"] == 2
    letters = await _dead_letters(tmp_path / "data", count=2)
    # A frame that names its stream is served under the stream that was asked for.
    served = NO_PRICE.replace(b"btcusdt@trade", b"btcusdt@aggTrade")
    assert {letter.payload.encode() for letter in letters} == {CUT_OFF, served}
    assert all(letter.reason for letter in letters)


async def _dead_letters(data_dir: Path, count: int) -> list[DeadLetter]:
    broker = NoidaBroker(data_dir / "noida", data_dir / "logs")
    consumer = ClosingConsumer(bootstrap_servers=await broker.start())
    try:
        await consumer.start()
        partition = TopicPartition(DEAD_LETTERS.name, 0)
        consumer.assign([partition])
        await consumer.seek_to_beginning(partition)
        return [
            DEAD_LETTERS.adapter.validate_json((await consumer.getone()).value)
            for _ in range(count)
        ]
    finally:
        await consumer.stop()
        await broker.stop()
