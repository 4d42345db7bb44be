"""Open interest that streams have told, until it is published: the newest record of each symbol."""

import asyncio

from schemas.market import OpenInterest


class InterestQueue:
    """A record that waits is replaced by a newer one of its symbol."""

    def __init__(self) -> None:
        self._due: dict[str, OpenInterest] = {}
        self._filled = asyncio.Event()

    def put(self, record: OpenInterest) -> None:
        """Add a record."""
        self._due[record.symbol] = record
        self._filled.set()

    async def get(self) -> OpenInterest:
        """Wait for the next record."""
        while not self._due:
            self._filled.clear()
            await self._filled.wait()
        return self._due.pop(next(iter(self._due)))
