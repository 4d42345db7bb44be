"""The durable state: one value per symbol in a Faust table whose changelog topic is the store."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import faust
import msgspec
from aiokafka.errors import KafkaError

TABLE_NAME: Final = "engine-state"
ACK_TIMEOUT_S: Final = 30.0
"""Longest wait for the broker to acknowledge a state value."""
MAX_STATE_BYTES: Final = 1_000_000
"""Below Kafka's default limit of a record, 1,048,588 bytes, with room for key and headers."""

CHANGELOG_CONFIG: Final = {
    # Compaction leaves the newest segment alone, and a restart reads what is left: small segments
    # and eager cleaning keep that to some tens of states per symbol.
    "segment.bytes": "16777216",
    "segment.ms": "60000",
    "min.cleanable.dirty.ratio": "0.1",
}


class StateError(Exception):
    """A state value cannot be written or read; the message names the symbol."""


class SymbolState(msgspec.Struct, frozen=True, kw_only=True):
    """What a restart needs of one symbol. Encoded as MessagePack."""

    partition: int
    resume: dict[str, int]
    """Per topic: the partition holds nothing new for this symbol below this offset."""
    reset_due: bool = False
    """Depth records were lost and the engine has not been told yet."""
    engine: bytes
    """`MarketEngine.dump()`."""


_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(SymbolState)


def encode_state(key: str, state: SymbolState) -> bytes:
    """Return `state` as bytes. Raises StateError when they would not fit into a Kafka record."""
    raw = _encoder.encode(state)
    if len(raw) > MAX_STATE_BYTES:
        raise StateError(
            f"state of {key} has {len(raw):,} bytes, over the limit of {MAX_STATE_BYTES:,}: "
            "lower engine.book.state_band_pct or engine.lifecycle.max_tracked"
        )
    return raw


def decode_state(key: str, raw: bytes) -> SymbolState:
    """Return the state in `raw`. Raises StateError when it is not one."""
    try:
        return _decoder.decode(raw)
    except msgspec.MsgspecError as error:
        raise StateError(f"state of {key} cannot be read: {error}") from error


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

        Raises StateError when a value cannot be read.
        """
        states = ((key, decode_state(key, raw)) for key, raw in self._table.data.items())
        return {key: state for key, state in sorted(states) if state.partition == partition}

    async def write(self, key: str, state: SymbolState) -> None:
        """Write one state and wait until the broker has it.

        The value goes to the changelog partition with the number of the event's own partition, so
        that it moves to another worker together with it. Raises StateError.
        """
        raw = encode_state(key, state)
        pending = self._table.send_changelog(state.partition, key, raw)
        try:
            await asyncio.wait_for(asyncio.shield(pending), ACK_TIMEOUT_S)
        except (KafkaError, TimeoutError) as error:
            raise StateError(f"state of {key} was not acknowledged: {error!r}") from error
        # Past Faust's own setter, which takes the partition from the event being processed and so
        # cannot write the state of an idle symbol.
        self._table.data[key] = raw
