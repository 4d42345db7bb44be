"""What is written of one symbol for a restart, as bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

import msgspec

MAX_STATE_BYTES: Final = 1_000_000
"""Below Kafka's default limit of a record, 1,048,588 bytes, with room for key and headers."""


class SymbolStateError(Exception):
    """The state of one symbol cannot be encoded or read; the message names the symbol."""


class StateWriteError(Exception):
    """The broker did not acknowledge a state; the message names the symbol."""


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
    """Return `state` as bytes. Raises SymbolStateError when they do not fit into a record."""
    raw = _encoder.encode(state)
    if len(raw) > MAX_STATE_BYTES:
        raise SymbolStateError(
            f"state of {key} has {len(raw):,} bytes, over the limit of {MAX_STATE_BYTES:,}: "
            "lower engine.book.state_band_pct or engine.lifecycle.max_tracked"
        )
    return raw


def decode_state(key: str, raw: bytes) -> SymbolState:
    """Return the state in `raw`. Raises SymbolStateError when it is not one."""
    try:
        return _decoder.decode(raw)
    except msgspec.MsgspecError as error:
        raise SymbolStateError(f"state of {key} cannot be read: {error}") from error


@dataclass(frozen=True, slots=True)
class StoredStates:
    """The newest states of the symbols of one partition, by key."""

    readable: dict[str, SymbolState]
    unreadable: dict[str, str]
    """Why a value is no state."""


class StateStore(Protocol):
    """Where the states of all symbols are kept."""

    def of_partition(self, partition: int) -> StoredStates:
        """Return the newest states of the symbols in `partition`."""

    async def write(self, key: str, state: SymbolState) -> None:
        """Write one state and wait until it is durable.

        Raises SymbolStateError when it cannot be encoded, StateWriteError when it is not
        acknowledged.
        """
