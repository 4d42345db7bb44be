"""The durable state: one value per symbol in a Faust table whose changelog topic is the store."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import faust
from aiokafka.errors import KafkaError
from aiokafka.partitioner import murmur2

from processors.shell.state import (
    StateWriteError,
    StoredStates,
    SymbolState,
    SymbolStateError,
    decode_state,
    encode_state,
)

TABLE_NAME: Final = "engine-state"
ACK_TIMEOUT_S: Final = 30.0
"""Longest wait for the broker to acknowledge a state value."""

CHANGELOG_CONFIG: Final = {
    # Compaction leaves the newest segment alone, and a restart reads what is left: small segments
    # and eager cleaning keep that to some tens of states per symbol.
    "segment.bytes": "16777216",
    "segment.ms": "60000",
    "min.cleanable.dirty.ratio": "0.1",
}


class StateTable:
    """The states of all symbols whose partitions this worker owns."""

    def __init__(self, app: faust.App, partitions: int, segment_bytes: int | None = None) -> None:
        config = dict(CHANGELOG_CONFIG)
        if segment_bytes is not None:
            config["segment.bytes"] = str(segment_bytes)
        self._partitions = partitions
        self._table: Any = app.Table(
            TABLE_NAME,
            partitions=partitions,
            key_type=str,
            value_type=bytes,
            extra_topic_configs=config,
        )

    @property
    def topic(self) -> str:
        """Name of the changelog topic."""
        return str(self._table.changelog_topic_name)

    def of_partition(self, partition: int) -> StoredStates:
        """Return the newest states of the symbols in `partition`."""
        readable: dict[str, SymbolState] = {}
        unreadable: dict[str, str] = {}
        for key, raw in sorted(self._table.data.items()):
            try:
                state = decode_state(key, raw)
            except SymbolStateError as error:
                # A value that cannot be read names no partition: its symbol's records do.
                if partition_of(key, self._partitions) == partition:
                    unreadable[key] = str(error)
                continue
            if state.partition == partition:
                readable[key] = state
        return StoredStates(readable, unreadable)

    async def write(self, key: str, state: SymbolState) -> None:
        """Write one state and wait until the broker has it.

        The value goes to the changelog partition with the number of the event's own partition, so
        that it moves to another worker together with it. Raises
        SymbolStateError and StateWriteError.
        """
        raw = encode_state(key, state)
        pending = self._table.send_changelog(state.partition, key, raw)
        try:
            await asyncio.wait_for(asyncio.shield(pending), ACK_TIMEOUT_S)
        except (KafkaError, TimeoutError) as error:
            raise StateWriteError(f"state of {key} was not acknowledged: {error!r}") from error
        # Past Faust's own setter, which takes the partition from the event being processed and so
        # cannot write the state of an idle symbol.
        self._table.data[key] = raw


def partition_of(key: str, partitions: int) -> int:
    """Return the partition that Kafka's default partitioner chooses for the records of a key."""
    number: int = (murmur2(key.encode()) & 0x7FFFFFFF) % partitions
    return number
