"""The Kafka log of the market as a tape."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from pydantic import ValidationError

from compose.errors import UsageError, UserError
from compose.tapes.layout import TapeRecord
from compose.tapes.merging import Span, merged_by_receipt
from compose.tapes.tape import Say, Tape, taped_anew
from schemas.control import DeadLetter
from schemas.kafka.client_options import client_options
from schemas.kafka.consumer import ClosingConsumer
from schemas.kafka.value_reader import value_reader
from schemas.record import split_key
from schemas.settings import KafkaSettings
from schemas.topics import ENGINE_INPUTS

FETCH_WAIT_MS: Final = 500
MOST_FETCHED: Final = 2_000
"""Records of one partition at a time."""
_READER_OF: Final = {topic.name: value_reader(topic) for topic in ENGINE_INPUTS}

Offsets = Mapping[TopicPartition, int]


def parse_offset(text: str) -> tuple[TopicPartition, int]:
    """Read `TOPIC/PARTITION=OFFSET`. Raises UsageError."""
    place, _, offset = text.partition("=")
    topic, _, partition = place.partition("/")
    if topic not in _READER_OF or not (partition.isdigit() and offset.isdigit()):
        raise UsageError(
            f"--offset {text!r}: write TOPIC/PARTITION=OFFSET such as market.depth/3=1200; topics "
            f"are {', '.join(_READER_OF)}"
        )
    return TopicPartition(topic, int(partition)), int(offset)


def tape_of_log(
    settings: KafkaSettings,
    symbols: Sequence[str] | None,
    offsets: Offsets,
    span: Span,
    folder: Path,
    say: Say,
) -> Tape:
    """Return what the market topics hold now as a tape, from `offsets` or else the beginning of
    each partition. Raises UserError."""
    with asyncio.Runner() as runner:
        consumer = runner.run(_consumer(settings))
        try:
            runner.run(consumer.start())
            log = _Log(runner, consumer, symbols)
            logs = [
                filter(span.holds, log.records(partition, end))
                for partition, end in log.seek(offsets).items()
            ]
            name = f"log at {settings.brokers}"
            return taped_anew(name, folder, merged_by_receipt(logs), say)
        except KafkaError as error:
            raise UserError(
                f"no answer from Kafka at {settings.brokers} ({error}): start the broker or set "
                "kafka.brokers"
            ) from None
        finally:
            runner.run(consumer.stop())


async def _consumer(settings: KafkaSettings) -> AIOKafkaConsumer:
    # It needs a running loop.
    return ClosingConsumer(
        **client_options(settings),
        client_id="wallwatch-backtest",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=FETCH_WAIT_MS,
    )


class _Log:
    """Reads the partitions of the market topics, one batch at a time."""

    def __init__(
        self, runner: asyncio.Runner, consumer: AIOKafkaConsumer, symbols: Sequence[str] | None
    ) -> None:
        self._runner, self._consumer = runner, consumer
        self._symbols = None if symbols is None else set(symbols)

    def seek(self, offsets: Offsets) -> Offsets:
        """Go to the first record of every partition; return the end of each, exclusive."""
        return self._runner.run(self._seek(offsets))

    def records(self, partition: TopicPartition, end: int) -> Iterator[TapeRecord]:
        """Yield the records of a partition up to the offset `end`, exclusive."""
        while True:
            batch = self._runner.run(self._batch(partition, end))
            if batch is None:
                return
            for record in batch:
                if record.offset < end and self._is_wanted(record):
                    yield _record(record)

    async def _seek(self, offsets: Offsets) -> Offsets:
        consumer = self._consumer
        # The broker's own number of partitions, whatever the settings say.
        present = await consumer.topics()
        every = [
            TopicPartition(topic.name, number)
            for topic in ENGINE_INPUTS
            if topic.name in present
            for number in sorted(consumer.partitions_for_topic(topic.name) or ())
        ]
        if not every:
            raise UserError(
                f"the broker has none of the topics {', '.join(_READER_OF)}: is it that of the "
                "pipeline?"
            )
        consumer.assign(every)
        begins = await consumer.beginning_offsets(every)
        ends = await consumer.end_offsets(every)
        for place, offset in offsets.items():
            if place not in begins:
                raise UserError(
                    f"--offset: {place.topic} has no partition {place.partition}; the last is "
                    f"{max(own.partition for own in every if own.topic == place.topic)}"
                )
            if not begins[place] <= offset <= ends[place]:
                raise UserError(
                    f"--offset {place.topic}/{place.partition}={offset}: the log holds "
                    f"{begins[place]} to {ends[place]}"
                )
        for place in every:
            consumer.seek(place, offsets.get(place, begins[place]))
        return dict(ends)

    async def _batch(self, partition: TopicPartition, end: int) -> list[ConsumerRecord] | None:
        """Return the next records, empty on timeout; None at the end."""
        if await self._consumer.position(partition) >= end:
            return None
        batches = await self._consumer.getmany(
            partition, timeout_ms=FETCH_WAIT_MS, max_records=MOST_FETCHED
        )
        return list(batches.get(partition, ()))

    def _is_wanted(self, record: ConsumerRecord) -> bool:
        if self._symbols is None or record.key is None:
            return True
        return split_key(record.key.decode(errors="replace"))[1] in self._symbols


def _record(record: ConsumerRecord) -> TapeRecord:
    try:
        found: TapeRecord = _READER_OF[record.topic](record.value or b"")
    except ValidationError as error:
        return DeadLetter(
            source=record.topic,
            partition=record.partition,
            offset=record.offset,
            received_us=record.timestamp * 1_000,
            reason=error.errors()[0]["msg"],
            payload=DeadLetter.text_of(record.value or b""),
        )
    return found
