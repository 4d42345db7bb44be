"""A consumer that behaves well where the library or the broker does not."""

import asyncio
from typing import Any

from aiokafka import AIOKafkaConsumer

from schemas.kafka.client_internals import FETCH_PAUSE_S, rest_between_fetches


class ClosingConsumer(AIOKafkaConsumer):  # type: ignore[misc]  # the library ships no types
    """An aiokafka consumer that rests between small fetches, and whose `stop` comes to its end.

    The library's own cancels its waiting fetches and awaits them; one that pauses before a retry
    ends with CancelledError, which reaches the caller as if that were cancelled, and leaves the
    connections open (seen in 0.14; issue 647 of its tracker).
    """

    def __init__(self, *topics: str, fetch_pause_s: float = FETCH_PAUSE_S, **options: Any) -> None:
        """Take what aiokafka takes. `fetch_pause_s`: between the beginnings of two fetches."""
        super().__init__(*topics, **options)
        rest_between_fetches(self, fetch_pause_s)

    async def stop(self) -> None:
        """Disconnect. Raises asyncio.CancelledError only where the caller is cancelled meanwhile.

        The library's stop runs in a task of its own: its CancelledError is then told apart from
        that of a caller, also of one that was cancelled before and closes its consumers now.
        """
        stopping = asyncio.create_task(super().stop())
        try:
            await asyncio.wait({stopping})
        except asyncio.CancelledError:
            stopping.cancel()
            raise
        if stopping.cancelled():
            await self._client.close()
        else:
            stopping.result()
