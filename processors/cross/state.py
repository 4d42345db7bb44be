"""The state of the cross engine as bytes, complete with how far the log was read."""

from typing import Final

import msgspec

from processors.cross.actions import CrossActionState
from processors.cross.flow import FlowMemory
from processors.cross.joint import JointPosition
from processors.cross.leads import LeadState
from processors.cross.lures import PendingLure
from processors.cross.orders import OrderMemory
from processors.cross.prices import PriceState
from processors.cross.walls import Wall
from processors.state_bytes import compress, uncompress

CROSS_STATE_VERSION: Final = 1


class CrossStateError(Exception):
    """The bytes are no state of a cross engine of this version."""


class CrossState(msgspec.Struct):
    """Everything that decides a later signal of one coin."""

    version: int
    asset: str
    position: JointPosition = msgspec.field(default_factory=JointPosition)
    prices: PriceState = msgspec.field(default_factory=PriceState)
    orders: OrderMemory = msgspec.field(default_factory=OrderMemory)
    flow: FlowMemory = msgspec.field(default_factory=FlowMemory)
    walls: list[Wall] = []
    moved: dict[str, int] = {}
    lures: list[PendingLure] = []
    leads: LeadState = msgspec.field(default_factory=LeadState)
    clocks: dict[str, float] = {}
    action: CrossActionState = msgspec.field(default_factory=CrossActionState)


_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(CrossState)


def encode(state: CrossState) -> bytes:
    """Return the state as compressed bytes."""
    return compress(_encoder.encode(state))


def decode(raw: bytes) -> CrossState:
    """Read what `encode` wrote. Raises CrossStateError."""
    try:
        state = _decoder.decode(uncompress(raw))
    except (ValueError, msgspec.MsgspecError) as error:
        raise CrossStateError(f"not a state of a cross engine: {error}") from error
    if state.version != CROSS_STATE_VERSION:
        raise CrossStateError(
            f"cross state of version {state.version}, this release reads {CROSS_STATE_VERSION}"
        )
    return state
