"""Which partition the records of a key go to: Kafka's own choice, reckoned once a key."""

from __future__ import annotations

from typing import Final

from aiokafka.partitioner import DefaultPartitioner

MOST_KEYS: Final = 100_000
"""Remembered; there is a key for each symbol and coin."""


class KeyPartitioner:
    """The hash of a key is a loop over its bytes: with a thousand records a second that was a
    twentieth of what ingest does."""

    def __init__(self) -> None:
        self._choose = DefaultPartitioner()
        self._known: dict[tuple[bytes, int], int] = {}

    def __call__(self, key: bytes | None, all_partitions: list[int], available: list[int]) -> int:
        """Return the partition of a key; any where there is no key."""
        if key is None:
            return int(self._choose(key, all_partitions, available))
        asked = key, len(all_partitions)
        found = self._known.get(asked)
        if found is None:
            found = int(self._choose(key, all_partitions, available))
            if len(self._known) < MOST_KEYS:
                self._known[asked] = found
        return found
