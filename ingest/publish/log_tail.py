"""Reads from the log which records it has, after a producer has failed.

A failed producer leaves unacknowledged records that may or may not have been written. Sending all
of them again would duplicate some.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping

from aiokafka import TopicPartition

from ingest.publish.outbox import Entry
from schemas.kafka.client_options import client_options
from schemas.kafka.consumer import ClosingConsumer
from schemas.kafka.reader import read_until
from schemas.settings import KafkaSettings

Written = tuple[str, bytes | None, bytes | None]
"""Topic, key and value of a record in the log."""


async def read_tail(
    settings: KafkaSettings, since: Mapping[TopicPartition, int]
) -> tuple[list[Written], dict[TopicPartition, int]]:
    """Return the records from the offsets `since` on, and the end offsets.

    The order is kept within a partition. Raises aiokafka.errors.KafkaError.
    """
    consumer = ClosingConsumer(
        **client_options(settings),
        client_id="wallwatch-ingest-tail",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    try:
        partitions = list(since)
        consumer.assign(partitions)
        ends: dict[TopicPartition, int] = await consumer.end_offsets(partitions)
        for partition in partitions:
            consumer.seek(partition, min(since[partition], ends[partition]))
        behind = {partition: ends[partition] for partition in partitions}
        written = [
            (record.topic, record.key, record.value)
            async for record in read_until(consumer, behind)
        ]
        return written, ends
    finally:
        await consumer.stop()


def found_in(written: Iterable[Written], entries: Iterable[Entry]) -> list[Entry]:
    """Return the entries that are among the `written`; both in the order of sending. Pure.

    Records of a key keep their order, so a prefix of each key's records is written, the rest not.
    """
    waiting: defaultdict[tuple[str, bytes | None], deque[Entry]] = defaultdict(deque)
    for entry in entries:
        waiting[entry.topic, entry.key].append(entry)
    found: list[Entry] = []
    for topic, key, value in written:
        queue = waiting.get((topic, key))
        if queue and queue[0].value == value:
            found.append(queue.popleft())
    return found
