"""What reaches a limit of the broker: records that retention deleted while no worker ran, and a
state of about the largest size that a record may have."""

import asyncio
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest
from aiokafka import AIOKafkaProducer

from processors.engine.engine import MarketEngine
from processors.shell.state import MAX_STATE_BYTES
from schemas.kafka.admin import ensure_topics
from schemas.market import DepthDiff, DepthSnapshot, Level, Trades
from schemas.record import Record, symbol_key
from schemas.settings import Settings
from schemas.topics import DEPTH, TRADES
from tests.integration.processors.worker_harness import (
    Worker,
    delete_everything,
    expected_signals,
    in_parts,
    market_logs,
    produced_signals,
    send,
    worker_settings,
)
from tests.support.markets.market import START_MS, VENUE

pytestmark = pytest.mark.kafka

BIG: Final = "BIG"
FAULT_S: Final = 60.0
LEVELS_A_DIFF: Final = 12_000
"""Far below the size of a record."""


async def test_records_that_retention_deleted_unread_are_told_and_the_rest_is_exact(
    broker: str, tmp_path: Path
) -> None:
    logs = market_logs()
    before, during, after = in_parts(logs, 3)
    settings = worker_settings(broker, tmp_path)
    await ensure_topics(settings.kafka)
    worker = Worker(settings, tmp_path / "worker.log")
    try:
        await worker.start()
        await send(broker, before, 0.5)
        await worker.until_idle()
        # What no state covers yet would have to be read again, and is deleted.
        await worker.until_checkpointed()
        await worker.kill()
        await send(broker, during, 0.5)
        await delete_everything(broker)
        await send(broker, after, 0.5)
        await worker.start()
        status = await worker.until_idle()
        found = await produced_signals(broker)
        await worker.stop()
    finally:
        if worker.runs:
            await worker.kill()
    counters = status["counters"]
    assert counters["lost_records"] >= sum(len(log.depth) for log in during.values())
    assert counters["faults"] == {}
    known = expected_signals(before)
    for topic, rows in known.items():
        for event_id, row in rows.items():
            assert found[topic].get(event_id) == row
    for symbol in after:
        ends = [
            max(
                row["event_time"]
                for row in rows["signals.flow"].values()
                if row["symbol"] == symbol
            )
            for rows in (found, expected_signals(logs))
        ]
        assert ends[0] == ends[1]


async def test_a_state_of_nearly_the_size_of_a_record_is_kept_and_a_larger_one_stops_its_symbol(
    broker: str, tmp_path: Path
) -> None:
    fitting = _fitting()
    settings = worker_settings(broker, tmp_path)
    await ensure_topics(settings.kafka)
    worker = Worker(settings, tmp_path / "worker.log")
    logs = market_logs()
    try:
        await worker.start()
        await _write(broker, _book(fitting))
        await send(broker, logs, 1.0)
        status = await worker.until_idle()
        assert status["counters"]["faults"] == {}
        await worker.kill()
        await worker.start()
        status = await worker.until_idle()
        assert status["counters"]["faults"] == {}
        # As many levels again are more than a record holds.
        await _write(broker, _book(2 * fitting)[len(_book(fitting)) - 1 :])
        faults = await _faults(worker)
        (reason,) = faults.values()
        assert f"state of {VENUE}:{BIG} has" in reason
        assert "lower engine.book.state_band_pct" in reason
        found = await produced_signals(broker)
        await worker.stop()
    finally:
        if worker.runs:
            await worker.kill()
    for topic, rows in expected_signals(logs).items():
        others = {key: row for key, row in found[topic].items() if row["symbol"] != BIG}
        assert others == rows


async def _faults(worker: Worker) -> dict[str, str]:
    """Wait until a symbol is stopped; return why, by symbol."""
    async with asyncio.timeout(FAULT_S):
        while True:
            faults: dict[str, str] = (await worker.status())["counters"]["faults"]
            if faults:
                return faults
            await asyncio.sleep(0.1)


def _fitting() -> int:
    """Return a number of levels whose state has between 97 and 99.9 % of the largest size."""
    low, high = 10_000, 400_000
    while True:
        levels = (low + high) // 2
        size = _state_bytes(_book(levels))
        if size > 0.999 * MAX_STATE_BYTES:
            high = levels
        elif size < 0.97 * MAX_STATE_BYTES:
            low = levels
        else:
            return levels


def _state_bytes(records: list[Record]) -> int:
    engine = MarketEngine(VENUE, BIG, Settings().engine)
    offsets = {"depth": 0, "trades": 0}
    for record in records:
        assert isinstance(record, DepthSnapshot | DepthDiff | Trades)
        kind = "trades" if isinstance(record, Trades) else "depth"
        engine.apply(record, offsets[kind])
        offsets[kind] += 1
    return len(engine.dump())


def _book(levels: int) -> list[Record]:
    """Return records of a book with so many levels within the band, of random quantities."""
    random = Random(5)
    sides: list[tuple[Level, Level]] = []
    for number in range(1, levels // 2 + 1):
        away = number * 0.01
        quantities = random.uniform(0.1, 0.2), random.uniform(0.1, 0.2)
        sides.append(((60_000 - away, quantities[0]), (60_000 + away, quantities[1])))
    first, rest = sides[:50], sides[50:]
    head: dict[str, Any] = {"venue": VENUE, "symbol": BIG, "received_us": START_MS * 1_000}
    snapshot = DepthSnapshot(
        **head,
        event_time=START_MS,
        last_update_id=1,
        bids=[bid for bid, _ in first],
        asks=[ask for _, ask in first],
    )
    records: list[Record] = [snapshot, _pack(head, START_MS)]
    for number in range(0, len(rest), LEVELS_A_DIFF // 2):
        part, time_ms = rest[number : number + LEVELS_A_DIFF // 2], START_MS + len(records) * 50
        update_id = len(records)
        records.append(
            DepthDiff(
                **head,
                event_time=time_ms,
                first_update_id=update_id,
                last_update_id=update_id,
                prev_update_id=update_id - 1,
                bids=[bid for bid, _ in part],
                asks=[ask for _, ask in part],
            )
        )
    return [*records, _pack(head, START_MS + len(records) * 50)]


def _pack(head: dict[str, Any], watermark: int) -> Trades:
    return Trades(**head, watermark=watermark, trades=[])


async def _write(broker: str, records: list[Record]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=broker, max_request_size=4 << 20) as producer:
        for record in records:
            topic = TRADES if isinstance(record, Trades) else DEPTH
            value = record.model_dump_json().encode()
            await producer.send_and_wait(topic.name, value, key=symbol_key(VENUE, BIG).encode())
