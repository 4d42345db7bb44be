"""How far the log has come, which shows when a broker loses what it had acknowledged."""

import logging
from collections.abc import Callable, Mapping

from aiokafka import TopicPartition

logger = logging.getLogger(__name__)


class LogPositions:
    """Where the next record of ours can be at the earliest, by partition."""

    def __init__(self, brokers: str, on_loss: Callable[[], object]) -> None:
        """`on_loss` is called whenever records are found missing."""
        self._brokers = brokers
        self._on_loss = on_loss
        self.next: dict[TopicPartition, int] = {}
        self.lost = 0
        """Records that the broker had acknowledged and does not have any more."""

    def start(self, ends: Mapping[TopicPartition, int]) -> None:
        """Begin at the ends of the log."""
        self.next = dict(ends)

    def acknowledged(self, partition: TopicPartition, offset: int) -> None:
        """Note where a record was written. Below 0: the broker remembers only that it has it."""
        if offset < 0:
            return
        self._check(partition, offset)
        self.next[partition] = offset + 1

    def found(self, ends: Mapping[TopicPartition, int]) -> None:
        """Note where the log ends now that nothing is under way."""
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
