"""The durable state: one value per symbol in a Faust table whose changelog topic is the store."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import faust
from aiokafka.errors import KafkaError

from processors.shell.state import StateWriteError, SymbolState, decode_state, encode_state

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

    def of_partition(self, partition: int) -> dict[str, SymbolState]:
        """Return the newest states of the symbols in `partition`, by key.

        Raises SymbolStateError when a value cannot be read.
        """
        states = ((key, decode_state(key, raw)) for key, raw in self._table.data.items())
        return {key: state for key, state in sorted(states) if state.partition == partition}

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
