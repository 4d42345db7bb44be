"""A backtest of what the pipeline has kept gives the events of the records themselves."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition

from compose.backtest.command_options import SourceFlags
from compose.backtest.run import run_tapes
from compose.brokers.noida import NoidaBroker
from compose.errors import UserError
from compose.learn.history import History
from compose.learn.samples import samples_of
from compose.replay import run_records
from compose.tapes.archive import tape_of_archive
from compose.tapes.log import tape_of_log
from compose.tapes.merging import Span
from compose.tapes.tape import Tape
from compose.tapes.tape_file import read_tape
from schemas.control import DeadLetter
from schemas.kafka.admin import ensure_topics
from schemas.market import DepthDiff, MarketRecord, OpenInterest
from schemas.settings import ClickHouseSettings, KafkaSettings, Settings
from schemas.topics import DEPTH, OPEN_INTEREST, topic_of_record
from tests.integration.schemas.clickhouse.test_sink import running_sink
from tests.support.markets.market import random_log
from tests.support.markets.records import as_bytes
from tests.support.servers.kafka import serving

PARTITIONS = 2
SYMBOLS = ("BTCUSDT", "ETHUSDT")


def records_of(symbol: str, seed: int) -> list[MarketRecord]:
    """A random market as it was received just now: the archive forgets what is a week old."""
    log = random_log(seed)
    every = [record for topic in log.topics().values() for record in topic]
    shift_us = time.time_ns() // 1_000 - min(record.received_us for record in every)
    return [
        record.model_copy(update={"symbol": symbol, "received_us": record.received_us + shift_us})
        for record in sorted(every, key=lambda record: record.received_us)
    ]


@pytest.fixture(scope="module")
def records() -> list[MarketRecord]:
    both = [record for seed, symbol in enumerate(SYMBOLS) for record in records_of(symbol, seed)]
    return sorted(both, key=lambda record: record.received_us)


def ids(records: list[MarketRecord], symbols: tuple[str, ...] = SYMBOLS) -> set[str]:
    found: set[str] = set()
    own = [record for record in records if record.symbol in symbols]
    run_records(own, Settings(), on_signal=lambda signal: found.add(signal.event_id))
    return found


def ids_of(tape: Tape) -> set[str]:
    found: set[str] = set()
    run_tapes([tape], Settings(), lambda signal: found.add(signal.event_id))
    return found


async def published(settings: KafkaSettings, records: list[MarketRecord]) -> None:
    await ensure_topics(settings)
    producer = AIOKafkaProducer(bootstrap_servers=settings.brokers)
    await producer.start()
    try:
        for record in records:
            topic = topic_of_record(record).name
            await producer.send(topic, as_bytes(record), key=record.key.encode())
        await producer.send(DEPTH.name, b"{}", key=records[0].key.encode())
        await producer.flush()
    finally:
        await producer.stop()


@pytest.fixture(scope="module")
def kafka(
    tmp_path_factory: pytest.TempPathFactory, records: list[MarketRecord]
) -> Iterator[KafkaSettings]:
    folder = tmp_path_factory.mktemp("broker")
    for address in serving(NoidaBroker(folder / "data", folder)):
        settings = KafkaSettings(brokers=address, partitions=PARTITIONS, retention_ms=-1)
        asyncio.run(published(settings, records))
        # The reader goes by the broker, not by the number in its settings.
        yield KafkaSettings(brokers=address)


def quiet(_: str) -> None:
    """Say nothing."""


def test_the_log_gives_the_events_of_its_records(
    kafka: KafkaSettings, records: list[MarketRecord], tmp_path: Path
) -> None:
    tape = tape_of_log(kafka, None, {}, Span(), tmp_path, quiet)
    assert ids_of(tape) == ids(records)
    letters = [record for record in read_tape(tape.path) if isinstance(record, DeadLetter)]
    assert [letter.source for letter in letters] == [DEPTH.name]
    again = tape_of_log(kafka, None, {}, Span(), tmp_path, quiet)
    assert again == tape
    alone = tape_of_log(kafka, ["ETHUSDT"], {}, Span(), tmp_path, quiet)
    assert ids_of(alone) == ids(records, ("ETHUSDT",)) != ids(records)


def test_a_model_is_learned_from_the_log_and_judged_on_other_symbols(
    kafka: KafkaSettings, tmp_path: Path
) -> None:
    kept = SourceFlags((), archive=False, log=True, offsets=(), since=None, until=None)
    history = History((), (), kept, ("BTCUSDT",), ("ETHUSDT",), None)
    history.check()
    training, reporting = history.tapes(Settings(kafka=kafka), tmp_path, quiet)
    whole = (samples_of(tapes, quiet) for tapes in (training, reporting))
    assert [[note.markets for note in samples.notes] for samples in whole] == [
        [("binance_usdm:BTCUSDT",)],
        [("binance_usdm:ETHUSDT",)],
    ]


def test_a_model_is_learned_from_a_time_and_judged_on_what_came_after_it(
    kafka: KafkaSettings, records: list[MarketRecord], tmp_path: Path
) -> None:
    kept = SourceFlags((), archive=False, log=True, offsets=(), since=None, until=None)
    cut = datetime.fromtimestamp(records[len(records) // 2].received_us // 1_000_000, UTC)
    parts = History((), (), kept, None, None, cut).tapes(Settings(kafka=kafka), tmp_path, quiet)
    times = [
        [record.received_us for record in read_tape(tape.path) if isinstance(record, DepthDiff)]
        for ((tape, _),) in parts
    ]
    assert max(times[0]) < cut.timestamp() * 1_000_000 <= min(times[1])
    assert sum(map(len, times)) == sum(isinstance(record, DepthDiff) for record in records)


def test_the_log_is_read_from_any_offset(
    kafka: KafkaSettings, records: list[MarketRecord], tmp_path: Path
) -> None:
    every = {TopicPartition(DEPTH.name, number): 10 for number in range(PARTITIONS)}
    begun = tape_of_log(kafka, None, every, Span(), tmp_path, quiet)
    polls = tape_of_log(kafka, None, {}, Span(), tmp_path, quiet)
    counts = [sum(1 for _ in read_tape(tape.path)) for tape in (begun, polls)]
    assert counts[1] - counts[0] == 10 * len({record.key for record in records})
    beyond = {TopicPartition(DEPTH.name, 0): 10**9}
    with pytest.raises(UserError, match=r"--offset market\.depth/0=1000000000: the log holds 0 to"):
        tape_of_log(kafka, None, beyond, Span(), tmp_path, quiet)
    with pytest.raises(UserError, match=r"market\.depth has no partition 7; the last is 1"):
        tape_of_log(kafka, None, {TopicPartition(DEPTH.name, 7): 0}, Span(), tmp_path, quiet)


def test_a_span_without_records_is_one_clear_error(kafka: KafkaSettings, tmp_path: Path) -> None:
    past = Span(until_us=int(datetime(2020, 1, 1, tzinfo=UTC).timestamp() * 1e6))
    tape = tape_of_log(kafka, None, {}, past, tmp_path, quiet)
    with pytest.raises(UserError, match="holds no record of that time"):
        run_tapes([tape], Settings(), lambda _: None)


async def archived(store: ClickHouseSettings, records: list[MarketRecord]) -> None:
    offsets: dict[tuple[str, str], int] = {}
    async with running_sink(store) as sink:
        for record in records:
            topic = topic_of_record(record).name
            offset = offsets[record.key, topic] = offsets.get((record.key, topic), -1) + 1
            partition = SYMBOLS.index(record.symbol)
            await sink.add(topic, partition, offset, as_bytes(record), record.received_us)
        await sink.flush()


def test_the_archive_gives_the_events_of_its_records(
    store: ClickHouseSettings, records: list[MarketRecord], tmp_path: Path
) -> None:
    archiving = store.model_copy(update={"archive_raw": True})
    asyncio.run(archived(archiving, records))
    tape = tape_of_archive(archiving, None, Span(), tmp_path, quiet)
    assert ids_of(tape) == ids(records)
    kept = list(read_tape(tape.path))
    assert sum(isinstance(record, OpenInterest) for record in kept) == sum(
        topic_of_record(record) == OPEN_INTEREST for record in records
    )
    alone = tape_of_archive(archiving, ["BTCUSDT"], Span(), tmp_path, quiet)
    assert ids_of(alone) == ids(records, ("BTCUSDT",)) != ids(records)
    middle_us = records[len(records) // 2].received_us
    part = tape_of_archive(archiving, None, Span(until_us=middle_us), tmp_path, quiet)
    assert list(read_tape(part.path)) == [r for r in kept if r.received_us < middle_us]
    with pytest.raises(UserError, match="holds nothing of that"):
        tape_of_archive(archiving, ["NOPEUSDT"], Span(), tmp_path, quiet)


def test_two_logs_in_one_archive_are_told(
    store: ClickHouseSettings, records: list[MarketRecord], tmp_path: Path
) -> None:
    archiving = store.model_copy(update={"archive_raw": True})
    asyncio.run(archived(archiving, records))
    anew = [
        record.model_copy(update={"received_us": record.received_us + 10**9}) for record in records
    ]
    asyncio.run(archived(archiving, anew))
    with pytest.raises(UserError, match=r"the log was made anew meanwhile; bound one"):
        tape_of_archive(archiving, None, Span(), tmp_path, quiet)
    since_us = records[-1].received_us + 1
    tape = tape_of_archive(archiving, None, Span(since_us=since_us), tmp_path, quiet)
    assert ids_of(tape) == ids(records)
