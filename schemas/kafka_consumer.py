"""A consumer that ends cleanly while its broker is away."""

import asyncio

from aiokafka import AIOKafkaConsumer


class ClosingConsumer(AIOKafkaConsumer):  # type: ignore[misc]  # the library ships no types
    """An aiokafka consumer whose `stop` always comes to its end.

    The library's own cancels its waiting fetches and awaits them; one that pauses before a retry
    ends with CancelledError, which reaches the caller as if that were cancelled, and leaves the
    connections open (seen in 0.14; issue 647 of its tracker).
    """

    async def stop(self) -> None:
        """Disconnect. Raises asyncio.CancelledError only where the caller is being cancelled."""
        try:
            await super().stop()
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            await self._client.close()
