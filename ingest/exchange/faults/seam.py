"""The hook through which faults intercept what the exchange sends."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class RestCall:
    """One REST request."""

    path: str
    symbol: str = ""
    """Empty for a request without a symbol."""


@dataclass(frozen=True, slots=True)
class RestReply:
    """One REST answer before it is sent."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    sent_bytes: int | None = None
    """The connection breaks after this many bytes of the body; None: all of it is sent."""


class Faults(Protocol):
    """Intercepts every outgoing frame and REST answer; may change, repeat, delay or drop it."""

    def frame(self, connection: int, stream: str, payload: bytes) -> Sequence[bytes]:
        """Return the payloads to send instead of `payload`, in order."""
        ...

    async def rest(self, call: RestCall, reply: RestReply) -> RestReply:
        """Return the answer to send instead of `reply`."""
        ...

    def refusal(self) -> RestReply | None:
        """Return the answer that refuses new requests and connections; None: they are served."""
        ...


class NoFaults:
    """Sends everything unchanged."""

    def frame(self, connection: int, stream: str, payload: bytes) -> Sequence[bytes]:
        """Return the payload alone."""
        return (payload,)

    async def rest(self, call: RestCall, reply: RestReply) -> RestReply:
        """Return the reply."""
        return reply

    def refusal(self) -> RestReply | None:
        """Refuse nothing."""
        return None
