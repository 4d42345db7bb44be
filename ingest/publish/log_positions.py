"""Log end offsets: they reveal acknowledged records that a broker has lost."""

import logging
from collections.abc import Callable, Mapping

from aiokafka import TopicPartition

logger = logging.getLogger(__name__)


class LogPositions:
    """Lowest possible offset of our next record, by partition."""

    def __init__(self, brokers: str, on_loss: Callable[[], object]) -> None:
        """`on_loss` is called whenever records are found missing."""
        self._brokers = brokers
        self._on_loss = on_loss
        self.next: dict[TopicPartition, int] = {}
        self.lost = 0
        """Acknowledged records that the broker no longer has."""

    def start(self, ends: Mapping[TopicPartition, int]) -> None:
        """Begin at the ends of the log."""
        self.next = dict(ends)

    def acknowledged(self, partition: TopicPartition, offset: int) -> None:
        """Note the offset of a record. Below 0: a deduplicated retry, whose offset is unknown."""
        if offset < 0:
            return
        self._check(partition, offset)
        self.next[partition] = offset + 1

    def found(self, ends: Mapping[TopicPartition, int]) -> None:
        """Record the log end offsets while nothing is in flight."""
        for partition, end in ends.items():
            self._check(partition, end)
        self.next = dict(ends)

    def _check(self, partition: TopicPartition, offset: int) -> None:
        count = self.next.get(partition, 0) - offset
        if count <= 0:
            return
        logger.error(
            "kafka broker %s has lost %d acknowledged records of %s, partition %d",
            self._brokers,
            count,
            partition.topic,
            partition.partition,
        )
        self.lost += count
        self._on_loss()
