"""What every Kafka broker that wallwatch can start, or only use, has in common."""

from collections.abc import Callable
from typing import Protocol

from compose.errors import UserError

Say = Callable[[str], None]
"""Takes one line of progress for a person."""


class BrokerError(UserError):
    """A broker cannot be started or reached; the message says why and what to do."""


class Broker(Protocol):
    """A broker that is started, used through its bootstrap address, and stopped."""

    @property
    def description(self) -> str:
        """What it is, for a person: name and version or address."""

    @property
    def pid(self) -> int | None:
        """Process id where the broker is a child of ours."""

    async def start(self) -> str:
        """Return HOST:PORT once the broker answers. Raises BrokerError."""

    async def stop(self, grace_s: float | None = None) -> None:
        """Stop what `start` started, saving its data. Safe to call twice.

        `grace_s`: how long it may take before it is killed; None: as long as it usually needs.
        """

    async def died(self) -> str:
        """Return, once the broker has ended by itself, how and with what last words."""
